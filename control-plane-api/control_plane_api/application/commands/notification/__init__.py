"""Commands on what operators are told."""
