"""Other people's CSV files. Good rows go in, bad rows are told with line and reason, a rerun changes nothing.

`rows` reads any CSV, `outcome` counts what became of it; then one file per kind of file. docs/import.md describes them
for those who make the files.
"""
