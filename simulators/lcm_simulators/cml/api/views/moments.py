"""Times as the API writes them."""

from datetime import UTC, datetime


def timestamp(at: float) -> str:
    """ISO 8601 in UTC with whole seconds."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def licensing_timestamp(at: float | None) -> str | None:
    """Licensing uses no zone."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
