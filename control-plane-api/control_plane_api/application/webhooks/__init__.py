"""Outbound events: which subscription gets which, in order, at least once."""
