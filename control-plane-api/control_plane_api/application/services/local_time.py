"""The instant that a clock on the wall means."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lcm_core.domain.errors import InputProblem, InvalidInput


def instant_of(local: datetime, time_zone: str) -> datetime:
    """*local*, a time without offset, on the clocks of *time_zone*, in UTC.

    Raises InvalidInput for a zone that nobody knows, a time that the clocks skip, and one that they show twice.
    """
    zone = _zone(time_zone)
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if _back(first) != local:
        raise _no(f"does not exist in {time_zone}: the clocks are put forward over it; choose another time")
    if first.utcoffset() != second.utcoffset():
        instants = " or ".join(each.isoformat() for each in (first, second))
        raise _no(f"happens twice in {time_zone}: the clocks are put back; send start as {instants}")
    return first.astimezone(UTC)


def known_zone(time_zone: str) -> str:
    """Raises InvalidInput for a zone that nobody knows."""
    _zone(time_zone)
    return time_zone


def _zone(time_zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        problem = InputProblem("/time_zone", f"{time_zone!r} is no IANA time zone, such as Europe/Brussels")
        raise InvalidInput([problem], what="booking") from error


def _back(local: datetime) -> datetime:
    """*local* by way of UTC: itself, unless the clocks skip it."""
    return local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None, fold=0)


def _no(message: str) -> InvalidInput:
    return InvalidInput([InputProblem("/local_start", message)], what="booking", code="local-time-not-one-instant")
