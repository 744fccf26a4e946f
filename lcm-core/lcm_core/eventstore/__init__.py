"""The event log on MongoDB: writing it, feeding it to others, proving it, rebuilding from it."""
