"""What the use cases need of the far ends, and the errors those raise."""
