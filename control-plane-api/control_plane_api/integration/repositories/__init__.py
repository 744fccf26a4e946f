"""MongoDB: the current-state documents as read models, and the collections beside the event log."""
