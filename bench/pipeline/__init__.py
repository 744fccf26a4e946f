"""The lablet pipeline between real control plane and simulated far ends: measured, and killed at every request."""
