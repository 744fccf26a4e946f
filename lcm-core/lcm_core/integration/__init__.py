"""Clients of the systems around LCM."""
