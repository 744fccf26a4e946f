"""Which promises are at risk because the worker that gave them does not come up, and from when on.

A start that fails looks like a slow one until its deadline, twice its start-up time. Much sooner it has taken longer
than nearly all starts do. From then on nobody relies on it: whoever would have another worker started for them now, if
they were promised none, is looked after elsewhere. Those who begin later wait and see.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lcm_core.domain.values import CapacityAllocation


@dataclass(frozen=True, slots=True)
class LateStartPolicy:
    """Seconds: how much longer than usual a start may take, and how much earlier than it takes a worker is woken.

    At most ``moves_per_look`` promises are looked after at one time, the first in the queue first.
    """

    margin_seconds: float
    wake_slack_seconds: float
    moves_per_look: int


@dataclass(frozen=True, slots=True)
class Start:
    """A worker on its way since ``began``; such starts are over in ``usual_seconds``, at worst in ``worst_seconds``."""

    began: datetime
    usual_seconds: float
    worst_seconds: float


@dataclass(frozen=True, slots=True)
class Look:
    """Promises ``at_risk`` now; ``next_at`` is when that may be more of them, None when no more can."""

    at_risk: tuple[CapacityAllocation, ...]
    next_at: datetime | None


def late_from(start: Start, policy: LateStartPolicy) -> datetime:
    """From when on the worker is late."""
    return start.began + timedelta(seconds=start.usual_seconds + policy.margin_seconds)


def at_risk_from(held: CapacityAllocation, start: Start, policy: LateStartPolicy) -> datetime:
    """From when on what is *held* there is at risk: the worker is late, and another one would have to be woken."""
    ahead = timedelta(seconds=start.worst_seconds + policy.wake_slack_seconds)
    return max(late_from(start, policy), held.interval.start - ahead)


def look(promised: Iterable[CapacityAllocation], start: Start, policy: LateStartPolicy, now: datetime) -> Look:
    """*promised* is what the worker holds for sessions that have not begun."""
    since = [(at_risk_from(each, start, policy), each) for each in promised if each.interval.end > now]
    return Look(
        at_risk=tuple(each for at, each in since if at <= now),
        next_at=min((at for at, _ in since if at > now), default=None),
    )
