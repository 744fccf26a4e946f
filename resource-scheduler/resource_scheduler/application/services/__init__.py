"""Decisions: where a session goes, what the fleet lacks, when a session is due."""
