"""How much stands ready for what nobody has booked yet, and whether that is enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lcm_core.domain.capacity import available
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.domain.values import Timeslot

_W = CMLWorkerStatus
_SERVES_OR_WILL = frozenset({_W.PENDING, _W.PROVISIONING, _W.STARTING, _W.RUNNING, _W.STOPPED})


@dataclass(frozen=True, slots=True)
class WarmPolicy:
    """Kept ready in each region above what is in use: ``workers`` without a booking within ``look_ahead_seconds``,
    ``cores`` free over that time. So many sessions whose room nobody holds (``queue_length``), or one that has waited
    so long (``queue_age_seconds``), ask for one more. ``cooldown_seconds`` lie between two that no promise needs."""

    workers: int
    cores: int
    look_ahead_seconds: float
    queue_length: int
    queue_age_seconds: float
    cooldown_seconds: float


@dataclass(frozen=True, slots=True)
class WarmState:
    """What a region has ready."""

    idle_workers: int
    free_cores: int


def counts(worker: CMLWorkerReadModel) -> bool:
    """Serves, or is wanted and on its way: supply that has been asked for is not asked for again."""
    return worker.desired_status is WorkerDesiredStatus.RUNNING and worker.status in _SERVES_OR_WILL


def warm_state(workers: Iterable[CMLWorkerReadModel], now: datetime, policy: WarmPolicy) -> WarmState:
    window = Timeslot(start=now, end=now + timedelta(seconds=max(policy.look_ahead_seconds, 1)))
    ready = [worker for worker in workers if counts(worker)]
    idle = sum(not any(_holds(each.interval, window, now) for each in worker.allocations) for worker in ready)
    cores = sum(available(each.declared, each.allocations, window, now).cpu_cores for each in ready)
    return WarmState(idle, cores)


def _holds(interval: Timeslot, window: Timeslot, now: datetime) -> bool:
    """One that is past its end and not released is held still."""
    return interval.overlaps(window) or interval.end <= now


def lack_of_warmth(state: WarmState, policy: WarmPolicy) -> str | None:
    """Why one more worker is wanted; None when enough stands ready."""
    if state.idle_workers < policy.workers:
        return f"{state.idle_workers} idle workers stand ready, {policy.workers} are to"
    if state.free_cores < policy.cores:
        return f"{state.free_cores} cores are free, {policy.cores} are to be"
    return None


def queue_pressure(unpromised: Sequence[LabletSessionReadModel], now: datetime, policy: WarmPolicy) -> str | None:
    """Why the queue of sessions whose room nobody holds asks for one more worker; None when it does not."""
    if not unpromised:
        return None
    if len(unpromised) >= policy.queue_length:
        return f"{len(unpromised)} sessions wait for room, from {policy.queue_length} on one more worker is wanted"
    age = max((now - session.created_at).total_seconds() for session in unpromised)
    if age >= policy.queue_age_seconds:
        return f"a session has waited {age:.0f} s for room, from {policy.queue_age_seconds:g} s on one more is wanted"
    return None
