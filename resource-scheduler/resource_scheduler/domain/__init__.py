"""Rules of the scheduler that need neither a clock nor a far end."""
