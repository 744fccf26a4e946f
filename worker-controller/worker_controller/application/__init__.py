"""Use cases of the worker controller."""
