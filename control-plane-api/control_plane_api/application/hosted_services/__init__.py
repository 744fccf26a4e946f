"""What runs as long as the service does: feeds, publishers, sweeps."""
