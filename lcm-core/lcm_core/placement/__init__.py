"""Where a session goes and what the fleet lacks: pure functions of a snapshot, for who proposes and who admits."""
