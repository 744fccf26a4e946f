"""The service on real infrastructure, for tests; imported by tests only."""
