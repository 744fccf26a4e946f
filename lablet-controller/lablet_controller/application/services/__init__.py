"""What the phases of a session are made of."""
