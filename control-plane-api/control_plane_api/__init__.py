"""Owns all state: aggregates, event store, REST, SSE, web UI."""
