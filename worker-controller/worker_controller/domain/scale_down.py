"""May this worker go? Guards in a fixed order; every one is asked, the first that refuses is the reason told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.fleet_care import (
    Disruption,
    DisruptionReason,
    WorkerCareTerms,
    budget_refusal,
    window_refusal,
)
from lcm_core.domain.read_models import CMLWorkerReadModel, GuardAnswer, ScalingInput

_ON_ITS_WAY_DOWN = frozenset({CMLWorkerStatus.DRAINING, CMLWorkerStatus.STOPPING, CMLWorkerStatus.STOPPED})


@dataclass(frozen=True, slots=True)
class ScaleDownPolicy:
    """What the settings say: ``min_workers`` are kept running in all, ``warm_workers`` of each region without anything
    to do. What operators change while the system runs are the terms of care."""

    enabled: bool
    min_workers: int
    look_ahead_seconds: float
    idle_seconds: float
    cooldown_seconds: float
    warm_workers: int = 0


@dataclass(frozen=True, slots=True)
class ScaleDownFacts:
    """``unplaced_due`` counts PENDING sessions that need a host within the look-ahead and to which none is promised.

    A promise is a booking of the worker that gave it, and counts there. ``went`` are the workers that were taken out of
    service as far back as the budgets count.
    """

    worker: CMLWorkerReadModel
    fleet: tuple[CMLWorkerReadModel, ...]
    unplaced_due: int
    now: datetime
    terms: WorkerCareTerms = field(default_factory=WorkerCareTerms)
    went: tuple[Disruption, ...] = ()


GuardCheck = Callable[[ScaleDownFacts, ScaleDownPolicy], str | None]


@dataclass(frozen=True, slots=True)
class Guard:
    """``check`` answers why not, or None when the guard lets the worker go."""

    name: str
    check: GuardCheck


@dataclass(frozen=True, slots=True)
class ScaleDownAnswer:
    """What each guard says; ``refused_by`` is the first that refuses, None when all agree."""

    worker_id: str
    refused_by: str | None
    why: str
    answers: tuple[GuardAnswer, ...] = ()


def _enabled(_facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    return None if policy.enabled else "scale-down is turned off"


def _idle_detection(facts: ScaleDownFacts, _policy: ScaleDownPolicy) -> str | None:
    return None if facts.worker.idle_detection_enabled else "idle detection is turned off for it"


def _above_minimum(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    running = [
        worker
        for worker in facts.fleet
        if worker.status is CMLWorkerStatus.RUNNING and worker.desired_status is WorkerDesiredStatus.RUNNING
    ]
    region, template = facts.worker.region, facts.worker.template_name
    counted = (
        ("", len(running), policy.min_workers),
        (f" in {region}", sum(each.region == region for each in running), facts.terms.least_in(region)),
        (f" of {template}", sum(each.template_name == template for each in running), facts.terms.least_of(template)),
    )
    short = (f"{there} running{where}, {kept} are to be kept" for where, there, kept in counted if there <= kept)
    return next(short, None)


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


def idle_for(facts: ScaleDownFacts) -> float:
    """Seconds since anything was going on on it."""
    worker = facts.worker
    since = max(worker.status_changed_at, worker.last_activity_at or worker.status_changed_at)
    return (facts.now - since).total_seconds()


def _idle_long_enough(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    idle = idle_for(facts)
    return None if idle >= policy.idle_seconds else f"idle for {idle:.0f} s of {policy.idle_seconds:g} s"


def _cooled_down(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> str | None:
    went_down = [worker.status_changed_at for worker in facts.fleet if worker.status in _ON_ITS_WAY_DOWN]
    if not went_down:
        return None
    since = (facts.now - max(went_down)).total_seconds()
    return None if since >= policy.cooldown_seconds else f"the last scale-down was {since:.0f} s ago"


def _rested_long_enough(facts: ScaleDownFacts, _policy: ScaleDownPolicy) -> str | None:
    if facts.terms.retention_seconds is None:
        return "stopped workers are kept for good"
    rested = (facts.now - facts.worker.status_changed_at).total_seconds()
    kept = facts.terms.retention_seconds
    return None if rested >= kept else f"stopped for {rested:.0f} s of {kept} s"


def _nothing_booked(facts: ScaleDownFacts, _policy: ScaleDownPolicy) -> str | None:
    booked = len(facts.worker.allocations)
    return f"{booked} sessions are booked on it" if booked else None


def _wanted_at_rest(facts: ScaleDownFacts, _policy: ScaleDownPolicy) -> str | None:
    wanted = facts.worker.desired_status
    return None if wanted is WorkerDesiredStatus.STOPPED else f"it is wanted {wanted.value}"


def _in_window(reason: DisruptionReason) -> GuardCheck:
    return lambda facts, _policy: window_refusal(facts.terms.windows, reason, facts.now)


def _within_budget(reason: DisruptionReason) -> GuardCheck:
    return lambda facts, _policy: budget_refusal(facts.terms.budgets, facts.went, reason, facts.now)


GUARDS: tuple[Guard, ...] = (
    Guard("enabled", _enabled),
    Guard("idle_detection", _idle_detection),
    Guard("above_minimum", _above_minimum),
    Guard("no_sessions", _no_sessions),
    Guard("nothing_soon", _nothing_soon),
    Guard("above_warm", _above_warm),
    Guard("idle", _idle_long_enough),
    Guard("cooldown", _cooled_down),
    Guard("window", _in_window(DisruptionReason.IDLE)),
    Guard("budget", _within_budget(DisruptionReason.IDLE)),
)
"""Whether a running worker is drained."""

RETENTION_GUARDS: tuple[Guard, ...] = (
    Guard("enabled", _enabled),
    Guard("idle_detection", _idle_detection),
    Guard("wanted_at_rest", _wanted_at_rest),
    Guard("nothing_booked", _nothing_booked),
    Guard("retention", _rested_long_enough),
    Guard("window", _in_window(DisruptionReason.RETENTION)),
    Guard("budget", _within_budget(DisruptionReason.RETENTION)),
)
"""Whether a stopped worker is removed."""


def judge(facts: ScaleDownFacts, policy: ScaleDownPolicy, guards: Sequence[Guard] = GUARDS) -> ScaleDownAnswer:
    """Every guard is asked; the first that refuses is the reason told."""
    answers = tuple(_answer(guard, facts, policy) for guard in guards)
    first = next((each for each in answers if not each.passes), None)
    if first is not None:
        return ScaleDownAnswer(facts.worker.id, first.name, first.why, answers)
    told = "idle, and nobody needs it soon" if guards is not RETENTION_GUARDS else "stopped for long, booked by nobody"
    return ScaleDownAnswer(facts.worker.id, None, told, answers)


def inputs_of(facts: ScaleDownFacts, policy: ScaleDownPolicy) -> dict[str, ScalingInput]:
    """The figures that the guards looked at, for the record."""
    worker = facts.worker
    first = min((each.interval.start for each in worker.allocations), default=None)
    return {
        "status": worker.status.value,
        "desired_status": worker.desired_status.value,
        "idle_seconds": round(idle_for(facts)),
        "idle_seconds_wanted": policy.idle_seconds,
        "sessions": len(worker.allocations),
        "next_booking_at": first.isoformat() if first is not None else None,
        "unplaced_due": facts.unplaced_due,
        "look_ahead_seconds": policy.look_ahead_seconds,
        "workers": len(facts.fleet),
        "least_in_region": facts.terms.least_in(worker.region),
        "least_of_template": facts.terms.least_of(worker.template_name),
        "went_lately": len(facts.went),
        "retention_seconds": facts.terms.retention_seconds,
        "cost_per_hour_usd": worker.cost_per_hour_usd,
    }


def _answer(guard: Guard, facts: ScaleDownFacts, policy: ScaleDownPolicy) -> GuardAnswer:
    why_not = guard.check(facts, policy)
    return GuardAnswer(name=guard.name, passes=why_not is None, why=(why_not or "")[:500])
