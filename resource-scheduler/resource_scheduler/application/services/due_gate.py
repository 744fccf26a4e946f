"""When a PENDING session is to be placed, and when it is too late for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lcm_core.domain.values import Timeslot


class Due(StrEnum):
    EARLY = "early"
    NOW = "now"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class DueGate:
    """Placement begins so early that a worker can still be started for it.

    ``boot_margin_seconds`` is the slowest start among the templates plus slack. A session that found no room within
    ``grace_seconds`` of its start is given up, at the latest at the end of its slot.
    """

    boot_margin_seconds: float
    grace_seconds: float

    def opens_at(self, occupation: Timeslot) -> datetime:
        """When a session whose host is needed over *occupation* may first be placed."""
        return occupation.start - timedelta(seconds=self.boot_margin_seconds)

    def closes_at(self, timeslot: Timeslot) -> datetime:
        """From when on a session with this slot is not worth placing any more."""
        return min(timeslot.end, timeslot.start + timedelta(seconds=self.grace_seconds))

    def at(self, now: datetime, timeslot: Timeslot, occupation: Timeslot) -> Due:
        if now >= self.closes_at(timeslot):
            return Due.TOO_LATE
        return Due.NOW if now >= self.opens_at(occupation) else Due.EARLY
