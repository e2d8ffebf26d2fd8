"""The rules of matching: facts in, facts out. Who can help (conditions), a need and its matches, and volunteers."""
