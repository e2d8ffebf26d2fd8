"""One function per command or event, one noun per file: load, decide, save, tell."""
