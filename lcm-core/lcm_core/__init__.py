"""Shared kernel of Lablet Cloud Manager: event sourcing, reconcilers, etcd, clients, auth, observability, CLI."""
