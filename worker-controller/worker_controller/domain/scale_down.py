"""May this worker be given up? Guards in a fixed order; every answer is kept, the first refusal decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.read_models import CMLWorkerReadModel

_ON_ITS_WAY_DOWN = frozenset({CMLWorkerStatus.DRAINING, CMLWorkerStatus.STOPPING, CMLWorkerStatus.STOPPED})


@dataclass(frozen=True, slots=True)
class ScaleDownPolicy:
    """``min_workers`` are kept running in all, ``warm_workers`` of each region without anything to do."""

    enabled: bool
    min_workers: int
    look_ahead_seconds: float
    idle_seconds: float
    cooldown_seconds: float
    warm_workers: int = 0


@dataclass(frozen=True, slots=True)
class ScaleDownFacts:
    """``unplaced_due`` counts PENDING sessions that need a host within the look-ahead and to which none is promised.

    A promise is a booking of the worker that gave it, and counts there.
    """

    worker: CMLWorkerReadModel
    fleet: tuple[CMLWorkerReadModel, ...]
    unplaced_due: int
    now: datetime


GuardCheck = Callable[[ScaleDownFacts, ScaleDownPolicy], str | None]


@dataclass(frozen=True, slots=True)
class Guard:
    """``check`` answers why not, or None when the guard lets the worker go."""

    name: str
    check: GuardCheck


@dataclass(frozen=True, slots=True)
class ScaleDownAnswer:
    """``refused_by`` is None when every guard agreed."""

    worker_id: str
    refused_by: str | None
    why: str


def _enabled(_facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    return None if policy.enabled else "scale-down is turned off"


def _above_minimum(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    running = sum(
        worker.status is CMLWorkerStatus.RUNNING and worker.desired_status is WorkerDesiredStatus.RUNNING
        for worker in facts.fleet
    )
    return None if running > policy.min_workers else f"{running} running, {policy.min_workers} are to be kept"


def _above_warm(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    horizon = facts.now + timedelta(seconds=policy.look_ahead_seconds)
    idle = sum(
        worker.placeable
        and worker.region == facts.worker.region
        and not any(each.interval.start <= horizon for each in worker.allocations)
        for worker in facts.fleet
    )
    if policy.warm_workers == 0 or idle > policy.warm_workers:
        return None
    return f"{idle} idle in {facts.worker.region}, {policy.warm_workers} are to stand ready"


def _no_sessions(facts: ScaleDownFacts, _policy: ScaleDownPolicy) -> str | None:
    held = [each.session_id for each in facts.worker.allocations if each.interval.start <= facts.now]
    return f"{len(held)} sessions hold room on it now" if held else None


def _nothing_soon(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    horizon = facts.now + timedelta(seconds=policy.look_ahead_seconds)
    soon = sum(facts.now < each.interval.start <= horizon for each in facts.worker.allocations)
    if soon:
        return f"{soon} sessions begin on it within {policy.look_ahead_seconds:g} s"
    if facts.unplaced_due:
        return f"{facts.unplaced_due} sessions wait for room within {policy.look_ahead_seconds:g} s"
    return None


def _idle_long_enough(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    if not facts.worker.idle_detection_enabled:
        return "idle detection is turned off for it"
    since = max(facts.worker.status_changed_at, facts.worker.last_activity_at or facts.worker.status_changed_at)
    idle = (facts.now - since).total_seconds()
    return None if idle >= policy.idle_seconds else f"idle for {idle:.0f} s of {policy.idle_seconds:g} s"


def _cooled_down(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    went_down = [worker.status_changed_at for worker in facts.fleet if worker.status in _ON_ITS_WAY_DOWN]
    if not went_down:
        return None
    since = (facts.now - max(went_down)).total_seconds()
    return None if since >= policy.cooldown_seconds else f"the last scale-down was {since:.0f} s ago"


GUARDS: tuple[Guard, ...] = (
    Guard("enabled", _enabled),
    Guard("above_minimum", _above_minimum),
    Guard("no_sessions", _no_sessions),
    Guard("nothing_soon", _nothing_soon),
    Guard("above_warm", _above_warm),
    Guard("idle", _idle_long_enough),
    Guard("cooldown", _cooled_down),
)


def judge(facts: ScaleDownFacts, policy: ScaleDownPolicy, guards: Sequence[Guard] = GUARDS) -> ScaleDownAnswer:
    """The first guard that refuses, or a yes."""
    for guard in guards:
        why_not = guard.check(facts, policy)
        if why_not is not None:
            return ScaleDownAnswer(facts.worker.id, guard.name, why_not)
    return ScaleDownAnswer(facts.worker.id, None, "idle, and nobody needs it soon")
