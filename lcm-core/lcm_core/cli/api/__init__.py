"""The public REST API as the command line uses it: requests, pages, the live stream, and problems."""
