"""Pure rules of lab delivery: no I/O, no clock."""
