"""Commands on inbound events: kept, settled, replayed."""
