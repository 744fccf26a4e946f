"""Commands that steer the services, and start long work on what is derived from the log."""
