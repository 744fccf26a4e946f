"""Lab instantiation, delivery, collection and grading."""
