"""What a far end asks for with ``Retry-After`` (RFC 9110, 10.2.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def seconds_asked(told: str, now: datetime) -> float | None:
    """Seconds to wait, given as such or as a date; None when there is nothing of the kind."""
    asked = told.strip()
    if asked.isascii() and asked.isdecimal() and len(asked) < 10:
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    # A date whose zone is unknown is one of UTC: HTTP has no other.
    at = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max((at - now).total_seconds(), 0.0)
