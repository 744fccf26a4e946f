"""A stand-in for the lab delivery system: Reservations API v3, the learner's page, and the events it sends."""
