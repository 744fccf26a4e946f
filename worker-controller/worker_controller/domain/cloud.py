"""What AWS says of an instance beside its state: load, status checks, and what is planned for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class CloudFigures:
    """The latest figures of CloudWatch; None where it has no recent one."""

    cpu_percent: float | None = None
    network_in_bytes_per_second: float | None = None
    network_out_bytes_per_second: float | None = None
    disk_read_bytes_per_second: float | None = None
    disk_write_bytes_per_second: float | None = None
    cpu_credits: float | None = None
    status_check_failed: bool | None = None


@dataclass(frozen=True, slots=True)
class PlannedEvent:
    """Something that AWS will do to the instance; ``code`` looks like "instance-retirement"."""

    code: str
    not_before: datetime
    description: str = ""

    @property
    def reason(self) -> str:
        return f"{self.code}: {self.description}" if self.description else self.code

    def __str__(self) -> str:
        return f"{self.code} from {self.not_before:%Y-%m-%d %H:%M} UTC: {self.description}"


@dataclass(frozen=True, slots=True)
class InstanceStatus:
    """``impaired`` names the status checks that fail, "" when none does."""

    impaired: str = ""
    events: tuple[PlannedEvent, ...] = ()

    @property
    def next_event(self) -> PlannedEvent | None:
        return min(self.events, key=lambda event: (event.not_before, event.code), default=None)

    def event_within(self, now: datetime, lead_seconds: float) -> PlannedEvent | None:
        """The event for which the host is to be empty within *lead_seconds*."""
        event = self.next_event
        return event if event is not None and event.not_before <= now + timedelta(seconds=lead_seconds) else None


UNKNOWN_STATUS = InstanceStatus()


def is_burstable(instance_type: str) -> bool:
    """Whether instances of this type earn and spend CPU credits."""
    family = instance_type.partition(".")[0]
    return family.startswith("t") and family[1:2].isdigit()


def planned(events: Iterable[PlannedEvent]) -> tuple[PlannedEvent, ...]:
    """Those that are still to come: EC2 keeps what was done or called off in the list for a week, marked so."""
    return tuple(event for event in events if not event.description.startswith(("[Completed]", "[Canceled]")))


def impairment(status: InstanceStatus | None, figures: CloudFigures | None) -> str:
    """Why EC2 does not vouch for the instance, "" when it does or does not say.

    The status itself counts more than the figure, which lags behind it by some minutes.
    """
    if status is not None:
        return f"EC2 status checks fail: {status.impaired}" if status.impaired else ""
    failed = figures is not None and figures.status_check_failed
    return "EC2 status checks fail, as CloudWatch has it" if failed else ""
