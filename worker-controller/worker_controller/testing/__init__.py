"""Whole fleets in memory and in virtual time: the real controller between far ends that are dictionaries."""
