"""When workers may be taken out of service: budgets, windows, and what becomes of what nobody knows.

Pure rules: the time and what happened before come in as arguments. Every refusal is a sentence for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AwareDatetime, ConfigDict, Field, field_validator

from lcm_core.domain.values import Value

MOST_BUDGETS = 20
MOST_WINDOWS = 40
EACH = "*"
_DAY = timedelta(days=1)


class DisruptionReason(StrEnum):
    """Why a worker is taken out of service."""

    IDLE = "idle"
    CONSOLIDATION = "consolidation"
    RETENTION = "retention"
    """It has been stopped for long and is removed."""
    MAINTENANCE = "maintenance"
    """AWS stops or moves its host."""
    SPOT = "spot"
    """AWS takes its host back."""
    OPERATOR = "operator"


VOLUNTARY_DISRUPTIONS = frozenset({DisruptionReason.IDLE, DisruptionReason.CONSOLIDATION, DisruptionReason.RETENTION})
"""Those that can wait. What AWS does cannot; it is counted, so that what can wait leaves it its place."""


class OrphanAction(StrEnum):
    """What becomes of an instance with the tags of this fleet that no worker stands for."""

    FLAG = "flag"
    ADOPT = "adopt"
    TERMINATE_AFTER_GRACE = "terminate_after_grace"


class DrainDeadlineAction(StrEnum):
    """What becomes of a worker that is still in use when its template's ``drain_timeout_seconds`` are over."""

    WARN = "warn"
    FORCE_STOP = "force_stop"
    """It is stopped; the sessions on it are lost with their host, and treated as the policy for that says."""
    WAIT = "wait"


class Weekday(StrEnum):
    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


_DAYS = tuple(Weekday)


class WindowKind(StrEnum):
    ALLOWED = "allowed"
    """As soon as there is one, disruptions that can wait happen only within such windows."""
    BLACKOUT = "blackout"
    """Disruptions that can wait never happen within it, whatever else allows them."""


class DisruptionBudget(Value):
    """At most so many workers may go within ``window_seconds``; without ``reasons``, whatever the reason."""

    most_workers: Annotated[int, Field(ge=0, le=10_000)]
    window_seconds: Annotated[int, Field(ge=1, le=2_592_000)]
    reasons: Annotated[tuple[DisruptionReason, ...], Field(max_length=len(DisruptionReason))] = ()

    def covers(self, reason: DisruptionReason) -> bool:
        return not self.reasons or reason in self.reasons


class CareWindow(Value):
    """So many minutes from ``start`` (HH:MM, on the clock of ``time_zone``) on each of ``days``.

    A start that the clocks skip in spring is as much later; of one that there is twice in autumn the first counts.
    """

    kind: WindowKind
    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    start: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["22:00"])]
    minutes: Annotated[int, Field(ge=1, le=10_080)]
    time_zone: Annotated[str, Field(max_length=60, examples=["Europe/Brussels"])] = "UTC"

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no time zone {name!r}") from error
        return name

    def contains(self, at: datetime) -> bool:
        zone = ZoneInfo(self.time_zone)
        today = at.astimezone(zone).date()
        back = self.minutes // (24 * 60) + 1
        return any(self._covers(today - _DAY * days, zone, at) for days in range(back + 1))

    def _covers(self, day: date, zone: ZoneInfo, at: datetime) -> bool:
        if _DAYS[day.weekday()] not in self.days:
            return False
        # from timestamps: the difference of two local times ignores that the clocks were changed between them
        since = at.timestamp() - datetime.combine(day, time.fromisoformat(self.start), zone).timestamp()
        return 0 <= since < self.minutes * 60

    def __str__(self) -> str:
        days = ", ".join(day.value for day in self.days)
        return f"{self.start} for {self.minutes} min on {days} ({self.time_zone})"


class Disruption(Value):
    """A worker that was taken out of service."""

    worker_id: str
    reason: DisruptionReason
    at: AwareDatetime


class WorkerCareTerms(Value):
    """How the fleet looks after itself. Times in seconds.

    Minima are workers that are kept running, by region or template; ``*`` stands for each that is not named. A worker
    that was stopped ``retention_seconds`` ago and that nobody has booked is removed; without, it stays.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    orphans: OrphanAction = OrphanAction.FLAG
    """What becomes of an instance with the tags of this fleet that no worker stands for."""
    orphan_grace_seconds: Annotated[int, Field(ge=0, le=2_592_000)] = 86_400
    """How long such an instance is left alone before it is terminated, if it is to be."""
    min_workers_by_region: dict[str, Annotated[int, Field(ge=0, le=10_000)]] = Field(
        default_factory=dict[str, int], max_length=40
    )
    """Workers that are kept running, by region; `*` stands for each that is not named."""
    min_workers_by_template: dict[str, Annotated[int, Field(ge=0, le=10_000)]] = Field(
        default_factory=dict[str, int], max_length=200
    )
    """Workers that are kept running, by template; `*` stands for each that is not named."""
    retention_seconds: Annotated[int, Field(ge=0, le=31_536_000)] | None = 604_800
    """A worker that has been stopped for so long and that nobody has booked is removed; without it, it stays."""
    drain_deadline: DrainDeadlineAction = DrainDeadlineAction.WARN
    """What becomes of a worker that is still in use when its time to drain is over."""
    budgets: Annotated[tuple[DisruptionBudget, ...], Field(max_length=MOST_BUDGETS)] = (
        DisruptionBudget(most_workers=10, window_seconds=3600),
    )
    """At most so many workers are taken out of service within a time, for all reasons or for some."""
    windows: Annotated[tuple[CareWindow, ...], Field(max_length=MOST_WINDOWS)] = ()
    """When workers may be taken out of service, and when they may not, for what can wait."""

    def least_in(self, region: str) -> int:
        return self.min_workers_by_region.get(region, self.min_workers_by_region.get(EACH, 0))

    def least_of(self, template_name: str) -> int:
        return self.min_workers_by_template.get(template_name, self.min_workers_by_template.get(EACH, 0))

    @property
    def longest_budget(self) -> timedelta:
        """How far back disruptions have to be known."""
        return timedelta(seconds=max((budget.window_seconds for budget in self.budgets), default=0))


def budget_refusal(
    budgets: Sequence[DisruptionBudget], past: Iterable[Disruption], reason: DisruptionReason, now: datetime
) -> str | None:
    """Why one more worker may not go for *reason* now; None when it may. What cannot wait is never refused.

    What an operator did counts for nobody.
    """
    if reason not in VOLUNTARY_DISRUPTIONS:
        return None
    known = [each for each in past if each.reason is not DisruptionReason.OPERATOR]
    for budget in (each for each in budgets if each.covers(reason)):
        since = now - timedelta(seconds=budget.window_seconds)
        spent = sum(since < each.at and budget.covers(each.reason) for each in known)
        if spent >= budget.most_workers:
            return (
                f"{spent} went within the last {budget.window_seconds} s, {budget.most_workers} may "
                f"({_named(budget.reasons)})"
            )
    return None


def window_refusal(windows: Sequence[CareWindow], reason: DisruptionReason, now: datetime) -> str | None:
    """Why no worker may go for *reason* at this time; None when one may. What cannot wait is never refused."""
    if reason not in VOLUNTARY_DISRUPTIONS:
        return None
    blackout = next((each for each in windows if each.kind is WindowKind.BLACKOUT and each.contains(now)), None)
    if blackout is not None:
        return f"blackout: {blackout}"
    allowed = [each for each in windows if each.kind is WindowKind.ALLOWED]
    if allowed and not any(each.contains(now) for each in allowed):
        return f"outside the maintenance windows: {'; '.join(str(each) for each in allowed[:3])}"
    return None


def _named(reasons: Sequence[DisruptionReason]) -> str:
    return ", ".join(each.value for each in reasons) if reasons else "whatever the reason"
