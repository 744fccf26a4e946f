"""CloudEvents that come in from the delivery system and the grading engine."""
