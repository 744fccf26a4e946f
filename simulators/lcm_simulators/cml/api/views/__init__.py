"""Model objects as response bodies."""
