"""Rules of placement: pure functions of numbers, no clock, no I/O."""
