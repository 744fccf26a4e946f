"""Commands on a lablet session and its delivery and grading."""
