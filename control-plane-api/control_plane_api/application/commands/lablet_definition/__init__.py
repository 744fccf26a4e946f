"""Commands on lablet definitions."""
