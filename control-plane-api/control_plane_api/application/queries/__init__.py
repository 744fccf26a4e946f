"""Queries: one per file, its handler beside it. They read and never change anything."""
