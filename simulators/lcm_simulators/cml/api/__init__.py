"""REST API v0 and event stream of one CML host; the host comes with the connection, see ``context``."""
