"""When a PENDING session is to be placed, and when it is too late for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lcm_core.domain.read_models import LabletSessionReadModel


class Due(StrEnum):
    EARLY = "early"
    NOW = "now"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class DueGate:
    """Placement begins so early that a worker can still be started for it.

    ``boot_margin_seconds`` is the slowest start among the templates plus slack. ``grace_seconds`` is for bookings that
    bring no grace of their own.
    """

    boot_margin_seconds: float
    grace_seconds: float

    def opens_at(self, session: LabletSessionReadModel) -> datetime:
        """When the session may first be placed."""
        return session.occupation().start - timedelta(seconds=self.boot_margin_seconds)

    def closes_at(self, session: LabletSessionReadModel) -> datetime:
        """From when on the session is not worth placing any more."""
        return placed_by(session, self.grace_seconds)

    def at(self, now: datetime, session: LabletSessionReadModel) -> Due:
        if now >= self.closes_at(session):
            return Due.TOO_LATE
        return Due.NOW if now >= self.opens_at(session) else Due.EARLY


def placed_by(session: LabletSessionReadModel, grace_seconds: float) -> datetime:
    """A session that found no room within its grace after the start is given up, at the latest at its slot's end."""
    grace = grace_seconds if session.grace_seconds is None else session.grace_seconds
    return min(session.timeslot.end, session.timeslot.start + timedelta(seconds=grace))
