"""What the fleet can hold, what it holds now, and what is left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel

from control_plane_api.application.queries.list_workers_query import LIVE_WORKER_STATUSES
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.domain.capacity import available, peak_allocated
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import ResourceVector, Timeslot

_NOW_MEANS = timedelta(minutes=1)


class WorkerRoom(BaseModel):
    """One worker's share of the fleet."""

    worker_id: str
    name: str
    status: str
    placeable: bool
    declared: ResourceVector
    allocated_now: ResourceVector
    available_now: ResourceVector
    sessions: int


class FleetCapacity(BaseModel):
    """Sums over placeable workers; those on the way or going are listed and not counted."""

    as_of: AwareDatetime
    declared: ResourceVector
    allocated_now: ResourceVector
    available_now: ResourceVector
    workers_by_status: dict[str, int]
    workers: list[WorkerRoom]


@dataclass(frozen=True, slots=True)
class GetFleetCapacityQuery(Query[FleetCapacity]):
    pass


class GetFleetCapacityQueryHandler:
    def __init__(self, workers: Rows[CMLWorkerReadModel], clock: Clock) -> None:
        self._workers = workers
        self._clock = clock

    async def handle(self, query: GetFleetCapacityQuery) -> FleetCapacity:
        del query
        now = self._clock.now()
        workers = await self._workers.in_any("status", sorted(LIVE_WORKER_STATUSES))
        rooms = sorted((_room(worker, now) for worker in workers), key=lambda room: room.name)
        counted = [room for room in rooms if room.placeable]
        return FleetCapacity(
            as_of=now,
            declared=_sum(room.declared for room in counted),
            allocated_now=_sum(room.allocated_now for room in counted),
            available_now=_sum(room.available_now for room in counted),
            workers_by_status=_count(workers),
            workers=rooms,
        )


def _room(worker: CMLWorkerReadModel, now: datetime) -> WorkerRoom:
    moment = Timeslot(start=now, end=now + _NOW_MEANS)
    return WorkerRoom(
        worker_id=worker.id,
        name=worker.name,
        status=worker.status.value,
        placeable=worker.placeable,
        declared=worker.declared,
        allocated_now=peak_allocated(worker.allocations, moment, now),
        available_now=available(worker.declared, worker.allocations, moment, now),
        sessions=len(worker.allocations),
    )


def _sum(vectors: Iterable[ResourceVector]) -> ResourceVector:
    total = ResourceVector()
    for vector in vectors:
        total = total + vector
    return total


def _count(workers: Sequence[CMLWorkerReadModel]) -> dict[str, int]:
    return dict(sorted(Counter(worker.status.value for worker in workers).items()))
