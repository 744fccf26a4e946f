"""Public REST under /api/v1."""
