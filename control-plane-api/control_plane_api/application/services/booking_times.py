"""When a booking is to be, and whether that can be."""

from __future__ import annotations

from datetime import datetime, timedelta

from control_plane_api.application.services.local_time import instant_of, known_zone
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.contracts.reservations import BookingTermsInput, WantedTime
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.values import Timeslot


def wanted_start(wanted: WantedTime) -> datetime | None:
    """None for as soon as possible. Raises InvalidInput for a local time that is no instant, or an unknown zone."""
    if wanted.local_start is not None and wanted.time_zone is not None:
        return instant_of(wanted.local_start, wanted.time_zone)
    if wanted.time_zone is not None:
        known_zone(wanted.time_zone)
    return wanted.start


def timeslot_of(
    request: BookingTermsInput, most_minutes: int, lead_seconds: int, policy: FleetPolicy, now: datetime
) -> Timeslot:
    """Without a start: as soon as a host can be prepared, so that the lead time begins now.

    Raises InvalidInput for an impossible time, and for more than *most_minutes*.
    """
    start = wanted_start(request) or now + timedelta(seconds=lead_seconds)
    problems = start_problems(start, policy, now)
    if request.duration_minutes > most_minutes:
        told = f"is {request.duration_minutes}; at most {most_minutes}"
        problems.insert(0, InputProblem("/duration_minutes", told))
    if problems:
        raise InvalidInput(problems, what="booking")
    return Timeslot(start=start, end=start + timedelta(minutes=request.duration_minutes))


def start_problems(start: datetime, policy: FleetPolicy, now: datetime) -> list[InputProblem]:
    if start < now - timedelta(seconds=policy.booking_start_grace_seconds):
        return [InputProblem("/start", f"{start.isoformat()} is in the past")]
    if start > now + timedelta(days=policy.booking_horizon_days):
        return [InputProblem("/start", f"is more than {policy.booking_horizon_days} days ahead")]
    return []
