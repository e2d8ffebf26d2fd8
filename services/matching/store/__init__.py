"""The only caller of PostgreSQL: rows to domain values and back, each noun with its statements beside it."""
