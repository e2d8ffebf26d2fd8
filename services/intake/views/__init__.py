"""What may be seen of intake, in files by noun; a role that may see less gets a smaller model."""
