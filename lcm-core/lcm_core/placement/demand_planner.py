"""What the fleet lacks: packs every unplaced session onto what is there or on its way, and asks only for the rest.

Counting supply that is on its way is what keeps a scale-up from becoming a storm: a worker on its way is first filled
with the sessions in whose name it was asked for, so that planning again finds every one of them provided for and asks
for nothing, however the packing of the others turns out. The same facts give the same demand key,
and control-plane-api never makes a second worker for a key, so that a plan repeated after a crash is harmless too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from lcm_core.domain.values import CapacityAllocation
from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.filters import FIT_FILTERS, Readiness, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot, WorkerSnapshot
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.hopeless import HopelessShapes
from lcm_core.placement.judging import best_column, judge
from lcm_core.placement.scoring import DEFAULT_WEIGHTS
from lcm_core.placement.template_choice import best_template

_KEY_LENGTH = 24


@dataclass(frozen=True, slots=True)
class RoomNow:
    """A placeable worker has room: the session's own turn will place it."""

    worker_id: str


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """It fits on a worker that has been asked for and is not up yet."""

    worker_id: str
    worker_name: str
    ready_at: datetime | None


@dataclass(frozen=True, slots=True)
class WantsNewWorker:
    """It needs a worker that nobody has asked for yet; ``demand_key`` names that worker's scale-up."""

    template_name: str
    demand_key: str


@dataclass(frozen=True, slots=True)
class NoSupply:
    """Not even an empty worker of any enabled template could take it, or not before ``retry_at``."""

    why: str
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SupplyRefused:
    """A worker of this template was asked for in vain: the fleet limit, or the template was withdrawn."""

    template_name: str
    why: str


Supply = RoomNow | OnTheWay | WantsNewWorker | NoSupply | SupplyRefused


@dataclass(frozen=True, slots=True)
class ScaleUp:
    """Ask for one worker of a template, for these sessions."""

    template_name: str
    demand_key: str
    session_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemandPlan:
    """Workers to ask for, in order, and for every unplaced session where its room will come from."""

    scale_ups: tuple[ScaleUp, ...]
    supply: dict[str, Supply]


def plan_demand(requests: Iterable[PlacementRequest], fleet: FleetSnapshot) -> DemandPlan:
    """Pack *requests*, earliest occupation first, onto workers that are up, then on the way, then wanted.

    A session that holds room already, promised or granted after the queue was read, needs no other.
    """
    holders = {held.session_id: worker for worker in fleet.workers for held in worker.allocations}
    supply: dict[str, Supply] = {}
    queue = sorted(requests, key=lambda each: (each.interval.start, each.session_id))
    queue = _provide(queue, supply, lambda each: _held_by(holders.get(each.session_id)))
    up = _Bins([worker for worker in fleet.workers if worker.placeable], Readiness.NOW, fleet.at)
    coming = [worker for worker in fleet.workers if worker.on_the_way]
    on_the_way = _Bins(sorted(coming, key=_by_readiness), Readiness.ANY, fleet.at)
    wanted = _Bins([], Readiness.ANY, fleet.at)
    groups: dict[str, list[str]] = {}
    queue = _provide(queue, supply, lambda each: _room_now(up.take_best(each)))
    queue = _provide(queue, supply, lambda each: _coming(on_the_way.take_own(each)))
    queue = _provide(queue, supply, lambda each: _coming(on_the_way.take_first(each)))
    to_come = Counter(each.requirements for each in queue)
    for request in queue:
        worker = wanted.take_first(request) or _open(wanted, request, fleet, to_come[request.requirements])
        to_come[request.requirements] -= 1
        if worker is None:
            supply[request.session_id] = _no_supply(request, fleet)
        else:
            groups.setdefault(worker.id, []).append(request.session_id)
    scale_ups = _scale_ups(groups, wanted, fleet)
    for scale_up in scale_ups:
        for session_id in scale_up.session_ids:
            supply[session_id] = WantsNewWorker(scale_up.template_name, scale_up.demand_key)
    return DemandPlan(scale_ups, supply)


def _provide(
    queue: Iterable[PlacementRequest],
    supply: dict[str, Supply],
    find: Callable[[PlacementRequest], Supply | None],
) -> list[PlacementRequest]:
    """Note what *find* finds for each of *queue*; the rest is returned in the same order."""
    left: list[PlacementRequest] = []
    for request in queue:
        found = find(request)
        if found is None:
            left.append(request)
        else:
            supply[request.session_id] = found
    return left


def _held_by(worker: WorkerSnapshot | None) -> Supply | None:
    return _room_now(worker) if worker is None or worker.placeable else _coming(worker)


def _room_now(worker: WorkerSnapshot | None) -> RoomNow | None:
    return None if worker is None else RoomNow(worker.id)


def _coming(worker: WorkerSnapshot | None) -> OnTheWay | None:
    return None if worker is None else OnTheWay(worker.id, worker.name, worker.expected_ready_at)


def cheapest_template(request: PlacementRequest, fleet: FleetSnapshot, alike: int = 1) -> TemplateSnapshot | None:
    """The offered template whose empty workers take *alike* requests like this one for the least money."""
    holding = [each for each in fleet.templates if each.offered(fleet.at) and not _why_not(each, request, fleet)]
    return best_template(holding, request.requirements, alike)


def _no_supply(request: PlacementRequest, fleet: FleetSnapshot) -> NoSupply:
    """Per enabled template, the first reason why its empty worker cannot take *request*, or why there is none now."""
    told: list[str] = []
    retries: list[datetime] = []
    for template in fleet.templates:
        if not template.enabled:
            continue
        why_not = _why_not(template, request, fleet)
        if not why_not and template.pause is not None:
            retries.append(template.pause.until)
            when = f"{template.pause.until:%Y-%m-%d %H:%M:%S} UTC"
            why_not = f"is tried again at {when}, its last worker failed ({template.pause.reason})"
        told.append(f"{template.name} {why_not}")
    return NoSupply("; ".join(told) or "there is no enabled template", min(retries, default=None))


def demand_key(template_name: str, session_ids: Iterable[str], in_flight: int) -> str:
    """Same template, sessions and count of workers on the way: same key, whatever the order and whoever asks."""
    facts = "\n".join((template_name, str(in_flight), *sorted(session_ids)))
    return hashlib.sha256(facts.encode()).hexdigest()[:_KEY_LENGTH]


class _Bins:
    """Workers that are being filled, in a fixed order. A shape that fits nowhere is looked at once."""

    def __init__(self, workers: Iterable[WorkerSnapshot], readiness: Readiness, now: datetime) -> None:
        self._index = FleetIndex.of(FleetSnapshot(now, tuple(workers)))
        self._readiness = readiness
        self._hopeless = HopelessShapes()
        self._asked_for: dict[str, list[str]] = {}
        for worker in self.workers:
            for session_id in worker.asked_for_by:
                self._asked_for.setdefault(session_id, []).append(worker.id)

    @property
    def workers(self) -> tuple[WorkerSnapshot, ...]:
        return self._index.snapshot().workers

    def take_first(self, request: PlacementRequest) -> WorkerSnapshot | None:
        """Hold room on the first worker that fits."""
        fits = self._judge(request).facts[self._index.order] == 0
        return self._hold(int(self._index.order[fits.argmax()]), request) if fits.any() else None

    def take_own(self, request: PlacementRequest) -> WorkerSnapshot | None:
        """Hold room on a worker that was asked for in this session's name, if it fits there."""
        owned = self._asked_for.get(request.session_id, ())
        facts = self._judge(request).facts if owned else ()
        fitting = (column for worker_id in owned if facts[column := self._index.column(worker_id)] == 0)
        return self._hold(next(fitting, None), request)

    def take_best(self, request: PlacementRequest) -> WorkerSnapshot | None:
        """Hold room on the worker that the engine would choose."""
        return self._hold(best_column(self._judge(request), self._index), request)

    def add(self, worker: WorkerSnapshot) -> None:
        self._index.put(worker)

    def _judge(self, request: PlacementRequest) -> CompactExplanation:
        told = self._hopeless.known(request, self._index, self._readiness, exact=False)
        if told is None:
            told = judge(request, self._index, self._readiness, DEFAULT_WEIGHTS)
            if told.facts.all():
                self._hopeless.remember(told, self._index)
        return told

    def _hold(self, column: int | None, request: PlacementRequest) -> WorkerSnapshot | None:
        if column is None:
            return None
        worker = self._index.worker_at(column)
        self._index.hold(worker.id, tentative_allocation(worker, request, self._index.at))
        return worker


def tentative_allocation(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> CapacityAllocation:
    """What *worker* would grant for *request*."""
    return CapacityAllocation(
        session_id=request.session_id,
        vector=request.requirements,
        interval=request.interval,
        ports=worker.choose_ports(request.port_requests, request.session_id, request.interval, now) or (),
        allocated_at=now,
    )


def _by_readiness(worker: WorkerSnapshot) -> tuple[bool, datetime | None, str]:
    return (worker.expected_ready_at is None, worker.expected_ready_at, worker.id)


def _why_not(template: TemplateSnapshot, request: PlacementRequest, fleet: FleetSnapshot) -> str:
    rejection = first_rejection(template.as_worker(template.name), request, fleet.at, FIT_FILTERS)
    return rejection.detail if rejection else ""


def _open(wanted: _Bins, request: PlacementRequest, fleet: FleetSnapshot, alike: int) -> WorkerSnapshot | None:
    """Start filling one more worker of the cheapest template for those that can hold *request*."""
    template = cheapest_template(request, fleet, alike)
    if template is None:
        return None
    wanted.add(template.as_worker(f"new-{len(wanted.workers)}"))
    return wanted.take_first(request)


def _scale_ups(groups: dict[str, list[str]], wanted: _Bins, fleet: FleetSnapshot) -> tuple[ScaleUp, ...]:
    in_flight = sum(worker.on_the_way for worker in fleet.workers)
    found: list[ScaleUp] = []
    for worker in wanted.workers:
        sessions = tuple(sorted(groups[worker.id]))
        key = demand_key(worker.template_name, sessions, in_flight)
        found.append(ScaleUp(worker.template_name, key, sessions))
    return tuple(found)
