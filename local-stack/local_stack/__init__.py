"""The whole suite on one machine: ports, secrets, process supervision, demo."""
