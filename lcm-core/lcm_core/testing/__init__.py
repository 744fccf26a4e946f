"""Real parts and clocks for tests; imported by tests only."""
