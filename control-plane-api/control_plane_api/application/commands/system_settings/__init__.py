"""Commands on the system settings."""
