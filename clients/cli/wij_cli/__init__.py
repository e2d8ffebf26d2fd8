"""`wij`: the command line. An HTTP client like any other; it knows the services only by their addresses.

Reading order: `main` (the commands) → `shell` (how a command runs) → `api` (how a question travels) → a file per noun.
`imports/` reads other people's CSV files; `timeline` and `sentences` tell a household's story in Dutch.
"""
