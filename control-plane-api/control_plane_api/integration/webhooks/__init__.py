"""Outbound events over HTTP and in MongoDB."""
