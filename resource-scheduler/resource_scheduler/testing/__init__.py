"""Builders for tests; imported by tests only."""
