"""Decides where one session goes: a pure function of a snapshot, with its explanation.

The engine proposes; the worker aggregate grants. Both use the feasibility rule of ``lcm_core.domain.capacity``, so a
proposal made on current facts is never refused. The engine reads no clock and makes no ids: both are arguments.

It answers as the rules in ``filters`` and ``scoring`` would, worker by worker, but judges all of them at once on a
``FleetIndex``. The one that it keeps is a cache: brought up to date by differences, it changes no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lcm_core.domain.read_models import (
    CandidateVerdict,
    PlacementDecision,
    PlacementOutcome,
    ScoringWeights,
    WithoutRoom,
)
from lcm_core.placement.demand_planner import (
    NoSupply,
    OnTheWay,
    RoomNow,
    Supply,
    SupplyRefused,
    WantsNewWorker,
)
from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.filters import Readiness
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.hopeless import HopelessShapes
from lcm_core.placement.inputs import decision_inputs
from lcm_core.placement.judging import best_column, judge
from lcm_core.placement.scoring import DEFAULT_WEIGHTS, begins_prepared

ENGINE_VERSION = "4"
"""1 kept no inputs; 2 no ``needed_at``: a worker had to be up when the grid began; 3 knew of no prepared labs."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every worker judged for one request ``at`` one moment, and the best of them."""

    request: PlacementRequest
    at: datetime
    explanation: CompactExplanation
    best: WorkerSnapshot | None

    @property
    def reason_counts(self) -> dict[str, int]:
        return self.explanation.reason_counts

    @property
    def summary(self) -> str:
        return self.explanation.summary

    @property
    def verdicts(self) -> tuple[CandidateVerdict, ...]:
        return self.explanation.verdicts

    def decision(
        self, decision_id: str, supply: Supply | None = None, *, queue_position: int | None = None
    ) -> PlacementDecision:
        """For the record, with all that is needed to make it again."""
        return record_decision(self, decision_id, _without_room(supply), queue_position)


def record_decision(
    evaluation: Evaluation, decision_id: str, without_room: WithoutRoom, queue_position: int | None = None
) -> PlacementDecision:
    best, told = evaluation.best, evaluation.explanation
    if best is not None:
        hint = f"placed on {best.name}{_why_there(best, evaluation)}"
        becomes = WithoutRoom(outcome=PlacementOutcome.ASSIGN, worker_id=best.id, hint=hint)
    else:
        becomes = without_room
    return PlacementDecision(
        id=decision_id,
        session_id=evaluation.request.session_id,
        at=evaluation.at,
        outcome=becomes.outcome,
        worker_id=becomes.worker_id,
        template_name=becomes.template_name,
        summary=f"{evaluation.summary}; {becomes.hint}" if becomes.hint else evaluation.summary,
        reason_counts=evaluation.reason_counts,
        candidates=evaluation.verdicts,
        engine_version=ENGINE_VERSION,
        queue_position=queue_position,
        weights=told.weights,
        inputs=decision_inputs(evaluation.request, told, without_room),
    )


def _why_there(best: WorkerSnapshot, evaluation: Evaluation) -> str:
    if best.id == evaluation.request.promised_worker_id:
        return ", which holds its room"
    return ", which has a prepared lab of it" if begins_prepared(best, evaluation.request, evaluation.at) else ""


class PlacementEngine:
    """Filters, then scores; the best fitting worker wins, ties by id. *weights* say what is better."""

    def __init__(self, weights: ScoringWeights = DEFAULT_WEIGHTS) -> None:
        self.weights = weights
        self._index: FleetIndex | None = None
        self._hopeless = HopelessShapes()

    def evaluate(
        self, request: PlacementRequest, fleet: FleetSnapshot | FleetIndex, readiness: Readiness = Readiness.NOW
    ) -> Evaluation:
        """Judge every worker of *fleet* for *request*."""
        index = fleet if isinstance(fleet, FleetIndex) else self._indexed(fleet)
        told = self._hopeless.known(request, index, readiness, exact=True)
        return self._judged(request, index, readiness) if told is None else Evaluation(request, index.at, told, None)

    def evaluate_unless_hopeless(
        self, request: PlacementRequest, index: FleetIndex, readiness: Readiness = Readiness.NOW
    ) -> Evaluation:
        """The same choice; but a shape that fitted nowhere, with no room gained since, keeps its explanation."""
        told = self._hopeless.known(request, index, readiness, exact=False)
        return self._judged(request, index, readiness) if told is None else Evaluation(request, index.at, told, None)

    def _judged(self, request: PlacementRequest, index: FleetIndex, readiness: Readiness) -> Evaluation:
        told = judge(request, index, readiness, self.weights)
        column = best_column(told, index)
        if column is None:
            self._hopeless.remember(told, index)
            return Evaluation(request, index.at, told, None)
        return Evaluation(request, index.at, told, index.worker_at(column))

    def decide(
        self,
        request: PlacementRequest,
        fleet: FleetSnapshot | FleetIndex,
        *,
        decision_id: str,
        supply: Supply | None = None,
        queue_position: int | None = None,
    ) -> PlacementDecision:
        """Assign to the best worker; when none fits, what *supply* says: wait for one on the way, or scale up.

        *supply* is this session's share of ``plan_demand`` over the whole queue; without it the session just waits.
        """
        return self.evaluate(request, fleet).decision(decision_id, supply, queue_position=queue_position)

    def _indexed(self, fleet: FleetSnapshot) -> FleetIndex:
        if self._index is None:
            self._index = FleetIndex.of(fleet)
        elif self._index.snapshot() is not fleet:
            self._index.sync(fleet)
        return self._index


def _without_room(supply: Supply | None) -> WithoutRoom:
    """What becomes of a session that no worker can take now."""
    match supply:
        case WantsNewWorker(template_name=template):
            asked = f"a worker of template {template} is asked for"
            return WithoutRoom(outcome=PlacementOutcome.SCALE_UP, template_name=template, hint=asked)
        case OnTheWay(worker_id=worker_id, worker_name=name, ready_at=ready_at):
            when = f", expected at {ready_at:%Y-%m-%d %H:%M:%S} UTC" if ready_at else ""
            return WithoutRoom(worker_id=worker_id, hint=f"fits on {name} on the way{when}")
        case NoSupply(why=why, retry_at=retry_at):
            said = "no template can hold it" if retry_at is None else "no template can hold it now"
            return WithoutRoom(hint=f"{said}: {why}")
        case SupplyRefused(template_name=template, why=why):
            return WithoutRoom(template_name=template, hint=f"no worker of template {template} can be had: {why}")
        case RoomNow() | None:
            return WithoutRoom()
