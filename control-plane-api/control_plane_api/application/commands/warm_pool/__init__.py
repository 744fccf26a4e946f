"""Warm pools: what operators want, and what the keeper of the pools reports."""
