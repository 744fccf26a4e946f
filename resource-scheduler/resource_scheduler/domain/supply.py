"""When a worker that rests must be woken, and what stands in the way of a promise."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import CapacityAllocation

_W = CMLWorkerStatus
_NEVER_AGAIN = frozenset({_W.FAILED, _W.TERMINATING, _W.TERMINATED})
_AT_REST = frozenset({_W.PENDING, _W.STOPPED})


def rests(worker: CMLWorkerReadModel) -> bool:
    """Planned or stopped, and nobody wants it yet."""
    return worker.status in _AT_REST and worker.desired_status is WorkerDesiredStatus.STOPPED


def bookings_ahead(worker: CMLWorkerReadModel, now: datetime) -> list[CapacityAllocation]:
    """Room on it that is still to be used, the earliest first."""
    ahead = [each for each in worker.allocations if each.interval.end > now]
    return sorted(ahead, key=lambda each: (each.interval.start, each.session_id))


def wake_at(
    worker: CMLWorkerReadModel, now: datetime, *, start_seconds: float, slack_seconds: float
) -> datetime | None:
    """The latest moment at which it may be woken for its first booking; None without any."""
    ahead = bookings_ahead(worker, now)
    if not ahead:
        return None
    return ahead[0].interval.start - timedelta(seconds=start_seconds + slack_seconds)


class Need(IntEnum):
    """How soon a session needs the room that it was promised."""

    LATER = 0
    """A worker can still be started for it."""
    SOON = 1
    """One that goes to sleep now is not up again in time."""
    NOW = 2
    """Its time has come."""


def why_broken(worker: CMLWorkerReadModel | None, need: Need) -> str | None:
    """Why the room that *worker* holds for a session that has not begun will not be there; None when it will.

    A worker whose CML does not answer for a while keeps its promises until the time has come: it may answer again. One
    whose host is lost keeps only those for which it, or another, can still be started.
    """
    if worker is None:
        return "the worker that held its room is terminated"
    if worker.status in _NEVER_AGAIN:
        return f"worker {worker.name}, which held its room, is {worker.status.value}"
    if worker.desired_status is WorkerDesiredStatus.TERMINATED:
        return f"worker {worker.name}, which held its room, is to be TERMINATED"
    going_to_sleep = worker.desired_status is WorkerDesiredStatus.STOPPED and worker.status not in _AT_REST
    if need >= Need.SOON and going_to_sleep:
        return f"worker {worker.name}, which held its room, is {worker.status.value} and to be STOPPED"
    if need >= Need.SOON and worker.host_loss is not None:
        return f"worker {worker.name}, which held its room, lost its host: {worker.host_loss.reason}"[:2000]
    if need is Need.NOW and worker.status is CMLWorkerStatus.RUNNING and not worker.placeable:
        cml, licence = worker.service_status.value, worker.license.status.value
        return f"worker {worker.name}, which held its room, does not serve: CML {cml}, licence {licence}"
    return None
