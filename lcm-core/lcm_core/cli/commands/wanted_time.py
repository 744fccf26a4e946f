"""When a lab is wanted, as it is written at a terminal."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lcm_core.cli.api.problem import UsageProblem

NOW = "now"


def wanted_time(at: str, zone: str | None) -> dict[str, str]:
    """What the API takes: nothing for now, a local time with its zone, or an instant. Raises UsageProblem.

    Without a zone, a time without an offset is one of this machine's clock.
    """
    if at == NOW:
        return {}
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as error:
        raise UsageProblem(f'{at!r} is no time; write "2026-12-01 09:00", 2026-12-01T08:00:00Z, or now.') from error
    if moment.tzinfo is not None:
        if zone is not None:
            raise UsageProblem(f"{at!r} has an offset already: leave --tz out, or the offset.")
        return {"start": moment.isoformat()}
    if zone is None:
        return {"start": moment.astimezone().isoformat()}
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageProblem(f"{zone!r} is no time zone; write a name such as Europe/Berlin.") from error
    return {"local_start": moment.isoformat(), "time_zone": zone}
