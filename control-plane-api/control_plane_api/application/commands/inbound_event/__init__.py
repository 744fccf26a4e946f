"""Commands on inbound events that could not be applied."""
