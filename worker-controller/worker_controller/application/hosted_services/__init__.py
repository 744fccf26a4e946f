"""The reconciler that runs as long as the service does."""
