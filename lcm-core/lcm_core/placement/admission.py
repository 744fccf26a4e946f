"""Which bookings are promised room, by whom, when they are made: a pure function of a snapshot.

Room is looked for in the order in which it is cheap: workers that serve, those on their way, those asleep, those that
are planned already, and at last a new one of the cheapest template within the limit of its region. Within one of these
the fullest worker that fits is taken. Who is refused learns why each worker and each template was none, and when else.

All workers are judged at once, on a ``FleetIndex`` that may be kept from one plan to the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lcm_core.domain.values import CapacityAllocation
from lcm_core.placement.admission_plan import (
    NOBODY_MOVES,
    AdmissionPlan,
    FleetLimits,
    Movable,
    Opening,
    Outcome,
    Promise,
)
from lcm_core.placement.admission_slots import nearest_slots
from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.facts import reason_of
from lcm_core.placement.filters import CHECKS, Readiness, Rejection, RejectionReason, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot, WorkerSnapshot, WorkerSupply
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.held_together import held_in_all, room_in_all, roomiest
from lcm_core.placement.judging import best_column, judge
from lcm_core.placement.making_room import MadeRoom, Move, make_room
from lcm_core.placement.packing import EFFORT_OF_100_MS, within
from lcm_core.placement.refusal import Refusal
from lcm_core.placement.scoring import DEFAULT_WEIGHTS
from lcm_core.placement.template_choice import best_template, labs_in

_CHECKS = CHECKS[Readiness.BY_START]


class AdmissionPlanner:
    """Plans again and again on a fleet that changes little in between: what is another object is looked at anew."""

    def __init__(self) -> None:
        self._index: FleetIndex | None = None

    def admit(
        self,
        requests: Sequence[PlacementRequest],
        fleet: FleetSnapshot,
        limits: FleetLimits,
        exclude: Collection[str] = (),
        movable: Movable = NOBODY_MOVES,
    ) -> AdmissionPlan:
        """Promise each of *requests* room, in this order; later ones use workers that earlier ones opened.

        Workers in *exclude* are passed over as if they were gone. Requests that differ in nothing but their session are
        of one shape: once one of them is refused all are, since room only shrinks on the way.
        """
        planning = _Planning(self._indexed(_without(fleet, exclude)), fleet.templates, limits, movable)
        refused: dict[PlacementRequest, Refusal] = {}
        outcomes: list[Outcome] = []
        to_come = Counter(map(_shape, requests))
        for request in requests:
            shape = _shape(request)
            known = refused.get(shape)
            outcome = (
                replace(known, session_id=request.session_id)
                if known is not None
                else planning.admit(request, alike=to_come[shape])
            )
            to_come[shape] -= 1
            if isinstance(outcome, Refusal):
                refused[shape] = outcome
            outcomes.append(outcome)
        return AdmissionPlan(tuple(outcomes), tuple(planning.openings.values()), planning.moving_may_help)

    def _indexed(self, fleet: FleetSnapshot) -> FleetIndex:
        if self._index is None:
            self._index = FleetIndex.of(fleet)
        else:
            # Commands that run side by side were begun a moment apart, in any order; the index only goes forward.
            self._index.sync(replace(fleet, at=max(fleet.at, self._index.at)))
        return self._index


def admit(
    requests: Sequence[PlacementRequest],
    fleet: FleetSnapshot,
    limits: FleetLimits,
    exclude: Collection[str] = (),
    movable: Movable = NOBODY_MOVES,
) -> AdmissionPlan:
    """One plan; see ``AdmissionPlanner``."""
    return AdmissionPlanner().admit(requests, fleet, limits, exclude, movable)


def _without(fleet: FleetSnapshot, exclude: Collection[str]) -> FleetSnapshot:
    if not exclude:
        return fleet
    workers = (replace(each, supply=WorkerSupply.GONE) if each.id in exclude else each for each in fleet.workers)
    return replace(fleet, workers=tuple(workers))


def _shape(request: PlacementRequest) -> PlacementRequest:
    """One whose room is held already is unlike all others: it does not stand in its own way."""
    return request if request.promised_worker_id is not None else replace(request, session_id="")


@dataclass(slots=True)
class _Planning:
    """The fleet as it becomes while promises are added to it."""

    index: FleetIndex
    templates: Sequence[TemplateSnapshot]
    limits: FleetLimits
    movable: Movable
    openings: dict[str, Opening] = field(default_factory=dict[str, Opening])
    moving_may_help: bool = False
    _in_region: Counter[str] = field(default_factory=Counter[str])

    def __post_init__(self) -> None:
        self._in_region.update(worker.region for worker in self.index.snapshot().workers)

    def admit(self, request: PlacementRequest, alike: int) -> Outcome:
        """*alike* counts those of its shape that are still to be looked at, itself included."""
        told = judge(request, self.index, Readiness.BY_START, DEFAULT_WEIGHTS)
        column = best_column(told, self.index)
        if column is not None:
            return self._hold(self.index.worker_at(column), request)
        made = self._make_room(request, told) if self._room_in_pieces(told) else None
        if made is not None:
            return self._hold(self.index.worker(made.worker_id), request, made.moves)
        template = self._cheapest(request, max(alike, self._expected(request, told)))
        if template is None:
            return self._refuse(request, told)
        return self._hold(self._open(template, request), request)

    def _room_in_pieces(self, told: CompactExplanation) -> bool:
        """Whether all workers together have the room that no single one has."""
        found = room_in_all(told, self.index)
        self.moving_may_help = self.moving_may_help or found
        return found

    def _make_room(self, request: PlacementRequest, told: CompactExplanation) -> MadeRoom | None:
        """Moves are made on the index too."""
        if not self.movable.requests:
            return None
        fleet = roomiest(told, self.index, self.movable.requests)
        effort = within(EFFORT_OF_100_MS // 5)
        made = make_room(request, fleet, self.movable.requests, max_moves=self.movable.most, may_go_on=effort)
        self._move(made.moves if made else ())
        return made

    def _move(self, moves: Sequence[Move]) -> None:
        """All at once."""
        held = [
            next(
                each
                for each in self.index.worker(move.from_worker_id).allocations
                if each.session_id == move.session_id
            )
            for move in moves
        ]
        for move in moves:
            self.index.release(move.from_worker_id, move.session_id)
        for move, each in zip(moves, held, strict=True):
            self.index.hold(move.to_worker_id, each)

    def _expected(self, request: PlacementRequest, told: CompactExplanation) -> int:
        """As much again as is held at that time, in labs of this size."""
        return labs_in(held_in_all(told, self.index), request.requirements)

    def _hold(self, worker: WorkerSnapshot, request: PlacementRequest, moves: tuple[Move, ...] = ()) -> Promise:
        promised = CapacityAllocation(
            session_id=request.session_id,
            vector=request.requirements,
            interval=request.interval,
            allocated_at=self.index.at,
            granted=False,
        )
        self.index.hold(worker.id, promised)
        opening = self.openings.get(worker.id)
        if opening is not None and request.serve_by < opening.needed_at:
            self.openings[worker.id] = replace(opening, needed_at=request.serve_by)
        return Promise(request.session_id, worker.id, moves)

    def _cheapest(self, request: PlacementRequest, wanted: int) -> TemplateSnapshot | None:
        offered = [each for each in self.templates if self._why_not(each, request) is None]
        return best_template(offered, request.requirements, wanted)

    def _open(self, template: TemplateSnapshot, request: PlacementRequest) -> WorkerSnapshot:
        id, ready_at = f"new-{len(self.openings)}", self._ready_at(template)
        self.openings[id] = Opening(id, template.name, template.region, ready_at, request.serve_by)
        self._in_region[template.region] += 1
        worker = template.as_worker(id, ready_at)
        self.index.put(worker)
        return worker

    def _why_not(self, template: TemplateSnapshot, request: PlacementRequest) -> Rejection | None:
        """Why a new worker of *template* is no answer to *request*."""
        now = self.index.at
        rejection = first_rejection(template.as_worker(template.name, self._ready_at(template)), request, now, _CHECKS)
        if rejection is not None:
            return rejection
        if template.pause is not None and not template.offered(now):
            until, why = template.pause.until, template.pause.reason
            told = f"is tried again at {until:%Y-%m-%d %H:%M:%S} UTC, its last worker failed ({why})"
            return Rejection(RejectionReason.STATUS, told)
        limit = self.limits.max_workers_per_region
        if self._in_region[template.region] >= limit:
            return Rejection(RejectionReason.FLEET_LIMIT, f"region {template.region} has its {limit} workers")
        return None

    def _ready_at(self, template: TemplateSnapshot) -> datetime:
        return self.index.at + timedelta(seconds=template.startup_seconds)

    def _refuse(self, request: PlacementRequest, told: CompactExplanation) -> Refusal:
        templates = {
            template.name: rejection
            for template in self.templates
            if template.enabled and (rejection := self._why_not(template, request)) is not None
        }
        return Refusal(
            session_id=request.session_id,
            worker_reasons=_ranked(told.reason_counts),
            template_reasons=_ranked(Counter(each.reason.value for each in templates.values())),
            details=_first_of_templates(templates) | _first_of_workers(told, request),
            alternatives=nearest_slots(request, self.index.at, self._fits_at, self._candidates(), self.limits.latest),
        )

    def _candidates(self) -> list[WorkerSnapshot]:
        """Who could hold a booking at another time: everybody that is not gone, and a new worker of each template."""
        known = [each for each in self.index.snapshot().workers if each.supply is not WorkerSupply.GONE]
        known.sort(key=lambda each: (each.supply, each.id))
        new = [
            template.as_worker(template.name, self._ready_at(template))
            for template in self.templates
            if template.offered(self.index.at) and self._in_region[template.region] < self.limits.max_workers_per_region
        ]
        return [*known, *new]

    def _fits_at(self, worker: WorkerSnapshot, request: PlacementRequest) -> bool:
        return first_rejection(worker, request, self.index.at, _CHECKS) is None


def _ranked(counts: Mapping[str, int]) -> dict[str, int]:
    """Most frequent first, equal counts in the order of the checks."""
    order = [reason.value for reason in RejectionReason]
    return dict(sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0]))))


def _first_of_workers(told: CompactExplanation, request: PlacementRequest) -> dict[str, str]:
    """For each reason one worker, in words."""
    found: dict[str, str] = {}
    for worker, fact in zip(told.fleet.workers, told.facts[told.order].tolist(), strict=True):
        reason = reason_of(fact)
        if reason is None or reason.value in found:
            continue
        rejection = first_rejection(worker.without(request.session_id), request, told.fleet.at, _CHECKS)
        found[reason.value] = f"{worker.name} {rejection.detail}" if rejection else worker.name
        if len(found) == len(told.reason_counts):
            break
    return found


def _first_of_templates(rejections: Mapping[str, Rejection]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, rejection in rejections.items():
        found.setdefault(rejection.reason.value, f"{name} {rejection.detail}")
    return found
