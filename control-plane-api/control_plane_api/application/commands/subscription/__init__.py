"""Commands on subscriptions to outbound events."""
