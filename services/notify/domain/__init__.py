"""The rules: who hears what, for whom that is right now, how sending goes, and terms."""
