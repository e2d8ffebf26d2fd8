"""One function per command or event, in files by noun: load, decide, save, tell."""
