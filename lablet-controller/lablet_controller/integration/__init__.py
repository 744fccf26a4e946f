"""Adapters to the far ends."""
