"""Use cases of the lablet controller; everything outside is reached through the protocols in ``ports``."""
