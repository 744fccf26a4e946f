"""Parts of the composition root: what main.py puts together."""
