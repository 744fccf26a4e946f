"""Pure rules and vocabulary: no I/O, no clock, no framework, no await."""
