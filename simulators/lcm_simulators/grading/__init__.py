"""A stand-in for the GradingEngine: takes what was collected, applies rules to it, and sends the score."""
