"""Commands on CML workers."""
