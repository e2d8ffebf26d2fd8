"""One function per command or event: load, decide, save, tell. `disclosure` says what is shown to whom."""
