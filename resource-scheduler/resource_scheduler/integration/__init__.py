"""What the scheduler sees of the world: workers, capacity hints, templates."""
