"""Drives real bookings through a fresh stack and shows what happens."""
