"""Places lablet sessions in time and space."""
