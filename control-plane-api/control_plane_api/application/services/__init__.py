"""What several commands share: flows over several aggregates, reading content, proving invariants."""
