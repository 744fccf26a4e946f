"""Use cases: commands change, queries read; hosted services run beside them. Talks to ports."""
