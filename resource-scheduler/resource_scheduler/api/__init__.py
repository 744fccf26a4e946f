"""Routes of this service."""
