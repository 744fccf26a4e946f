"""Routers, one file per subject."""
