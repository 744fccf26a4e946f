"""What EC2 says of an instance beyond its state: its own check of it, and what it is going to do to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ScheduledEvent:
    """Maintenance that EC2 will carry out, at *not_before* at the earliest; None when it does not say."""

    code: str
    description: str
    not_before: datetime | None

    def __str__(self) -> str:
        when = f" from {self.not_before:%Y-%m-%d %H:%M} UTC" if self.not_before else ""
        return f"{self.code}{when}: {self.description}"


@dataclass(frozen=True, slots=True)
class HostCondition:
    """``impaired`` says which status check failed, ``reclaim`` what EC2 has announced of a spot instance; else ""."""

    impaired: str = ""
    reclaim: str = ""
    events: tuple[ScheduledEvent, ...] = ()

    def event_within(self, now: datetime, lead_seconds: float) -> ScheduledEvent | None:
        """The event for which the host is to be empty within *lead_seconds*; one without a time may come at once."""
        horizon = now + timedelta(seconds=lead_seconds)
        near = [each for each in self.events if each.not_before is None or each.not_before <= horizon]
        return min(near, key=lambda each: each.not_before or now, default=None)


WELL = HostCondition()
