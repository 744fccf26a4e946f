"""How a use case runs: commands, queries, their context, and the unit of work."""
