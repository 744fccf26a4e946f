"""Commands about the fleet as a whole."""
