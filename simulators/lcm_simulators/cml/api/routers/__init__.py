"""One file for each family of resources."""
