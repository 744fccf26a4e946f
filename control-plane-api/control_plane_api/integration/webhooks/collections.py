"""Names of the collections of outbound events."""

OUTBOUND_QUEUE = "outbound_queue"
OUTBOUND_DEAD_LETTERS = "outbound_dead_letters"
OUTBOUND_ATTEMPTS = "outbound_attempts"
OUTBOUND_HEALTH = "outbound_health"

DEAD_ON, LOGGED_ON = "dead_on", "logged_on"
"""Dates, since only from those does the database count days."""
