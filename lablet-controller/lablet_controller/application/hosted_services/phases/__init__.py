"""One file per state of a session: what to do for a session that is in it."""
