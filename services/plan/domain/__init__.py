"""The rules of the case, one noun per file: facts in, facts out. `now` and fresh ids are arguments."""
