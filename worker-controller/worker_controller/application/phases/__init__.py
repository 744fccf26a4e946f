"""What is done for a worker in each status: one file per phase, each pass one idempotent step."""
