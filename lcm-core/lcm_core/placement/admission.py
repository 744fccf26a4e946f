"""Which bookings are promised room, by whom, when they are made: a pure function of a snapshot.

Room is looked for in the order in which it is cheap: workers that serve, those on their way, those asleep, those that
are planned already, and at last a new one of the cheapest template within the limit of its region. Within one of these
the fullest worker that fits is taken. Who is refused learns why each worker and each template was none, and when else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from lcm_core.domain.values import CapacityAllocation
from lcm_core.placement.admission_slots import nearest_slots
from lcm_core.placement.filters import FIT_FILTERS, Rejection, RejectionReason, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, TemplateSnapshot, WorkerSnapshot, WorkerSupply
from lcm_core.placement.refusal import Refusal
from lcm_core.placement.scoring import fit_score

_LOOKED_FOR_IN = (WorkerSupply.UP, WorkerSupply.COMING, WorkerSupply.ASLEEP, WorkerSupply.PLANNED)


@dataclass(frozen=True, slots=True)
class FleetLimits:
    """How many workers a region may have, planned ones included; alternatives are looked for up to ``latest``."""

    max_workers_per_region: int
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A worker of ``template_name`` to be planned, under the name ``id`` that this plan gives it.

    Launched now it would serve from ``ready_at``; its first booking needs it at ``needed_at``.
    """

    id: str
    template_name: str
    region: str
    ready_at: datetime
    needed_at: datetime

    @property
    def can_wait(self) -> bool:
        """Whether it need not be launched at once."""
        return self.ready_at < self.needed_at


@dataclass(frozen=True, slots=True)
class Promise:
    """*worker_id* is to hold the room; the id of an opening when nobody has planned that worker yet."""

    session_id: str
    worker_id: str


Outcome = Promise | Refusal


@dataclass(frozen=True, slots=True)
class AdmissionPlan:
    """An outcome for each request, in their order, and the workers that have to be planned for them."""

    outcomes: tuple[Outcome, ...]
    openings: tuple[Opening, ...]

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        return tuple(each for each in self.outcomes if isinstance(each, Refusal))


class Judge(Protocol):
    """Whether a worker can take a request, and how well it fits: the rules, in whatever way they are computed."""

    def rejection(self, worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> Rejection | None: ...

    def score(self, worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> float: ...


class RuleByRule:
    """The filters and the score as they are written."""

    def rejection(self, worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> Rejection | None:
        late = too_late(worker, request)
        return late if late is not None else first_rejection(worker, request, now, FIT_FILTERS)

    def score(self, worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> float:
        return fit_score(worker, request, now)


RULE_BY_RULE = RuleByRule()


def too_late(worker: WorkerSnapshot, request: PlacementRequest) -> Rejection | None:
    """A booking with a start needs a worker that serves by then; one for as soon as possible takes what comes."""
    if worker.supply is WorkerSupply.GONE:
        return Rejection(RejectionReason.STATUS, f"is {worker.status}")
    ready = worker.available_from
    if request.asap or ready is None or ready <= request.interval.start:
        return None
    return Rejection(RejectionReason.STATUS, f"is ready only at {ready:%Y-%m-%d %H:%M:%S} UTC")


def admit(
    requests: Sequence[PlacementRequest],
    fleet: FleetSnapshot,
    limits: FleetLimits,
    judge: Judge = RULE_BY_RULE,
    exclude: Collection[str] = (),
) -> AdmissionPlan:
    """Promise each of *requests* room, in this order; later ones use workers that earlier ones opened.

    Workers in *exclude* are passed over as if they were gone. Requests that differ in nothing but their session are of
    one shape: a worker is judged once for each, and again when it holds more. Once one of a shape is refused all are:
    room only shrinks on the way.
    """
    planning = _Planning(fleet, limits, judge, exclude)
    refused: dict[PlacementRequest, Refusal] = {}
    outcomes: list[Outcome] = []
    for request in requests:
        shape = _shape(request)
        known = refused.get(shape)
        outcome = replace(known, session_id=request.session_id) if known is not None else planning.admit(request)
        if isinstance(outcome, Refusal):
            refused[shape] = outcome
        outcomes.append(outcome)
    return AdmissionPlan(tuple(outcomes), tuple(planning.openings.values()))


def _shape(request: PlacementRequest) -> PlacementRequest:
    """One whose room is held already is unlike all others: it does not stand in its own way."""
    return request if request.promised_worker_id is not None else replace(request, session_id="")


@dataclass(slots=True)
class _Planning:
    """The fleet as it becomes while promises are added to it."""

    fleet: FleetSnapshot
    limits: FleetLimits
    judge: Judge
    exclude: Collection[str]
    openings: dict[str, Opening] = field(default_factory=dict[str, Opening])
    _by_supply: dict[WorkerSupply, dict[str, WorkerSnapshot]] = field(
        default_factory=dict[WorkerSupply, dict[str, WorkerSnapshot]]
    )
    _in_region: Counter[str] = field(default_factory=Counter[str])
    _scores: dict[PlacementRequest, dict[str, float | None]] = field(
        default_factory=dict[PlacementRequest, dict[str, float | None]]
    )
    """By shape and worker: how well it fits, None when it does not."""

    def __post_init__(self) -> None:
        for worker in self.fleet.workers:
            supply = WorkerSupply.GONE if worker.id in self.exclude else worker.supply
            self._by_supply.setdefault(supply, {})[worker.id] = worker
            self._in_region[worker.region] += 1

    def admit(self, request: PlacementRequest) -> Outcome:
        for supply in _LOOKED_FOR_IN:
            worker = self._best(self._by_supply.get(supply, {}).values(), request)
            if worker is not None:
                return self._hold(supply, worker, request)
        template = self._cheapest(request)
        if template is None:
            return self._refuse(request)
        return self._hold(WorkerSupply.PLANNED, self._open(template, request), request)

    def _best(self, workers: Iterable[WorkerSnapshot], request: PlacementRequest) -> WorkerSnapshot | None:
        now, scores = self.fleet.at, self._scores.setdefault(_shape(request), {})
        best: tuple[float, str, WorkerSnapshot] | None = None
        for worker in workers:
            if worker.id not in scores:
                fits = self.judge.rejection(worker, request, now) is None
                scores[worker.id] = self.judge.score(worker, request, now) if fits else None
            score = scores[worker.id]
            if score is not None and (best is None or (-score, worker.id) < best[:2]):
                best = (-score, worker.id, worker)
        return best[2] if best is not None else None

    def _hold(self, supply: WorkerSupply, worker: WorkerSnapshot, request: PlacementRequest) -> Promise:
        promised = CapacityAllocation(
            session_id=request.session_id,
            vector=request.requirements,
            interval=request.interval,
            allocated_at=self.fleet.at,
            granted=False,
        )
        self._by_supply.setdefault(supply, {})[worker.id] = worker.holding(promised)
        for scores in self._scores.values():
            scores.pop(worker.id, None)
        opening = self.openings.get(worker.id)
        if opening is not None and request.interval.start < opening.needed_at:
            self.openings[worker.id] = replace(opening, needed_at=request.interval.start)
        return Promise(request.session_id, worker.id)

    def _cheapest(self, request: PlacementRequest) -> TemplateSnapshot | None:
        offered = [each for each in self.fleet.templates if self._why_not(each, request) is None]
        return min(offered, key=lambda each: (each.cost_per_hour_usd, each.startup_seconds, each.name), default=None)

    def _open(self, template: TemplateSnapshot, request: PlacementRequest) -> WorkerSnapshot:
        id, ready_at = f"new-{len(self.openings)}", self._ready_at(template)
        self.openings[id] = Opening(id, template.name, template.region, ready_at, request.interval.start)
        self._in_region[template.region] += 1
        return template.as_worker(id, ready_at)

    def _why_not(self, template: TemplateSnapshot, request: PlacementRequest) -> Rejection | None:
        """Why a new worker of *template* is no answer to *request*."""
        now = self.fleet.at
        rejection = self.judge.rejection(template.as_worker(template.name, self._ready_at(template)), request, now)
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
        return self.fleet.at + timedelta(seconds=template.startup_seconds)

    def _workers(self) -> list[WorkerSnapshot]:
        return [worker for workers in self._by_supply.values() for worker in workers.values()]

    def _refuse(self, request: PlacementRequest) -> Refusal:
        now, usable = self.fleet.at, self._workers()
        gone = self._by_supply.get(WorkerSupply.GONE, {})
        told: dict[str, Rejection] = {}
        for worker in usable:
            excluded = Rejection(RejectionReason.STATUS, f"is {worker.status}") if worker.id in gone else None
            rejection = excluded or self.judge.rejection(worker, request, now)
            if rejection is not None:
                told[worker.name] = rejection
        templates = {
            template.name: rejection
            for template in self.fleet.templates
            if template.enabled and (rejection := self._why_not(template, request)) is not None
        }
        return Refusal(
            session_id=request.session_id,
            worker_reasons=_counted(told),
            template_reasons=_counted(templates),
            details=_first_details(told | templates),
            alternatives=nearest_slots(request, now, self._fits_at, self._candidates(), self.limits.latest),
        )

    def _candidates(self) -> list[WorkerSnapshot]:
        """Who could hold a booking at another time: everybody that is not gone, and a new worker of each template."""
        known = [each for supply in _LOOKED_FOR_IN for each in self._by_supply.get(supply, {}).values()]
        new = [
            template.as_worker(template.name, self._ready_at(template))
            for template in self.fleet.templates
            if template.offered(self.fleet.at) and self._in_region[template.region] < self.limits.max_workers_per_region
        ]
        return [*known, *new]

    def _fits_at(self, worker: WorkerSnapshot, request: PlacementRequest) -> bool:
        return self.judge.rejection(worker, request, self.fleet.at) is None


def _counted(rejections: Mapping[str, Rejection]) -> dict[str, int]:
    """Most frequent first, equal counts in the order of the checks."""
    order = list(RejectionReason)
    counts = Counter(each.reason for each in rejections.values())
    ranked = sorted(counts.items(), key=lambda item: (-item[1], order.index(item[0])))
    return {reason.value: count for reason, count in ranked}


def _first_details(rejections: Mapping[str, Rejection]) -> dict[str, str]:
    """For each reason one example, in words."""
    found: dict[str, str] = {}
    for name, rejection in rejections.items():
        found.setdefault(rejection.reason.value, f"{name} {rejection.detail}")
    return found
