"""The only caller of PostgreSQL: rows to domain values and back, one noun per file with its statements beside it.

A load that changes something takes the case's lock first and reads after it, and asks the access policy on the way.
"""
