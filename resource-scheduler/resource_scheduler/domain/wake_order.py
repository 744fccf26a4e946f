"""Who of those that wait for room is looked at again, and in which order, when there may be some."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lcm_core.domain.enums import BookingPriority
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.placement.demand_planner import tentative_allocation
from lcm_core.placement.filters import FILTERS, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.snapshots import placement_request

_RANK = {priority: rank for rank, priority in enumerate(BookingPriority)}

Shape = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    request: PlacementRequest
    priority: BookingPriority

    @classmethod
    def of(cls, session: LabletSessionReadModel) -> Waiting:
        return cls(placement_request(session), session.priority)


def shape_of(request: PlacementRequest) -> Shape:
    """What decides whether a request fits: where one of a shape finds no room, none of that shape does.

    The room that is held for a session already is its own: it tells apart those that hold some.
    """
    ports = tuple(sorted(each.protocol.value for each in request.port_requests))
    return (
        request.requirements,
        request.license_affinity,
        request.ami,
        ports,
        request.interval,
        request.asap,
        request.promised_worker_id,
    )


def queue_order(waiting: Waiting) -> tuple[int, float, tuple[int, ...], str]:
    """By priority, then by deadline, then the largest first."""
    request = waiting.request
    size = tuple(-amount for _, amount in request.requirements.dimensions())
    return _RANK[waiting.priority], request.interval.start.timestamp(), size, request.session_id


def who_may_come(waiting: Iterable[Waiting], fleet: FleetSnapshot) -> list[str]:
    """As many as the room on placeable workers takes now, in queue order; the others would come in vain."""
    workers = [worker for worker in fleet.workers if worker.placeable]
    hopeless: set[Shape] = set()
    chosen: list[str] = []
    for each in sorted(waiting, key=queue_order):
        shape = shape_of(each.request)
        if shape in hopeless:
            continue
        place = _first_fit(workers, each.request, fleet)
        if place is None:
            hopeless.add(shape)
            continue
        worker = workers[place].without(each.request.session_id)
        workers[place] = worker.holding(tentative_allocation(worker, each.request, fleet.at))
        chosen.append(each.request.session_id)
    return chosen


def _first_fit(workers: list[WorkerSnapshot], request: PlacementRequest, fleet: FleetSnapshot) -> int | None:
    own_first = sorted(range(len(workers)), key=lambda place: workers[place].id != request.promised_worker_id)
    for place in own_first:
        if first_rejection(workers[place].without(request.session_id), request, fleet.at, FILTERS) is None:
            return place
    return None
