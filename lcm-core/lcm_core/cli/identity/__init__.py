"""Which system, and as whom: contexts, signing in, and tokens that are kept fresh."""
