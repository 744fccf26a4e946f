"""The commands that talk to the API, one group a file."""
