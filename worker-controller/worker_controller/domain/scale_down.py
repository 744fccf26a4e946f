"""May this worker be given up? Guards in a fixed order; every answer is kept, the first refusal decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from worker_controller.domain.disruption import UNBOUNDED, DisruptionBudget

_ON_ITS_WAY_DOWN = frozenset({CMLWorkerStatus.DRAINING, CMLWorkerStatus.STOPPING, CMLWorkerStatus.STOPPED})


@dataclass(frozen=True, slots=True)
class ScaleDownPolicy:
    """``min_workers`` are kept running in all, ``min_per_region`` and ``min_per_template`` of each of them.

    ``warm_workers`` of each region are kept without anything to do. A worker that has been stopped for
    ``retention_seconds`` and holds nothing is terminated; None keeps it.
    """

    enabled: bool
    min_workers: int
    look_ahead_seconds: float
    idle_seconds: float
    cooldown_seconds: float
    warm_workers: int = 0
    min_per_region: int = 0
    min_per_template: int = 0
    budget: DisruptionBudget = UNBOUNDED
    retention_seconds: float | None = None


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
class GuardAnswer:
    """``why_not`` is None when the guard lets the worker go."""

    guard: str
    why_not: str | None


@dataclass(frozen=True, slots=True)
class ScaleDownAnswer:
    """What each guard says; ``refused_by`` is the first that refuses, None when all agree."""

    worker_id: str
    refused_by: str | None
    why: str
    guards: tuple[GuardAnswer, ...] = ()


def _enabled(_facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    return None if policy.enabled else "scale-down is turned off"


def _above_minimum(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    running = [
        worker
        for worker in facts.fleet
        if worker.status is CMLWorkerStatus.RUNNING and worker.desired_status is WorkerDesiredStatus.RUNNING
    ]
    region, template = facts.worker.region, facts.worker.template_name
    counted = (
        ("", len(running), policy.min_workers),
        (f" in {region}", sum(each.region == region for each in running), policy.min_per_region),
        (f" of {template}", sum(each.template_name == template for each in running), policy.min_per_template),
    )
    short = (f"{there} running{where}, {kept} are to be kept" for where, there, kept in counted if there <= kept)
    return next(short, None)


def _in_window(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    return policy.budget.closed(facts.now)


def _within_budget(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    return policy.budget.spent(facts.fleet, facts.now)


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
    Guard("window", _in_window),
    Guard("budget", _within_budget),
)


def judge(facts: ScaleDownFacts, policy: ScaleDownPolicy, guards: Sequence[Guard] = GUARDS) -> ScaleDownAnswer:
    """Every guard is asked; the first that refuses is the reason told."""
    answers = tuple(GuardAnswer(guard.name, guard.check(facts, policy)) for guard in guards)
    first = next((each for each in answers if each.why_not is not None), None)
    if first is None or first.why_not is None:
        return ScaleDownAnswer(facts.worker.id, None, "idle, and nobody needs it soon", answers)
    return ScaleDownAnswer(facts.worker.id, first.guard, first.why_not, answers)


def retired(fleet: Sequence[CMLWorkerReadModel], policy: ScaleDownPolicy, now: datetime) -> list[CMLWorkerReadModel]:
    """Workers that have been stopped for so long that nobody will miss them, longest first; none that is promised."""
    if not policy.enabled or policy.retention_seconds is None:
        return []
    since = now - timedelta(seconds=policy.retention_seconds)
    resting = [
        worker
        for worker in fleet
        if worker.status is CMLWorkerStatus.STOPPED
        and worker.desired_status is WorkerDesiredStatus.STOPPED
        and worker.idle_detection_enabled
        and not worker.allocations
        and worker.status_changed_at <= since
    ]
    return sorted(resting, key=lambda each: (each.status_changed_at, each.id))
