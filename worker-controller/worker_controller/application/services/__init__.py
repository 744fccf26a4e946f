"""What the phases and the fleet duties share."""
