"""State of one CML host: pure, the time is always passed in (seconds since the epoch)."""
