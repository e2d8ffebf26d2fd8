"""The only caller of PostgreSQL: rows to domain values and back, with the access check where a thing is loaded."""
