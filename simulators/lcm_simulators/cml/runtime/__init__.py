"""Sockets, files, EC2 and time around the pure model."""
