"""The only caller of PostgreSQL in notify: one file per noun, each with its named statements beside it."""
