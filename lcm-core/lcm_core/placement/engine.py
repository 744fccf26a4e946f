"""Decides where one session goes: a pure function of a snapshot, with its explanation.

The engine proposes; the worker aggregate grants. Both use the feasibility rule of ``lcm_core.domain.capacity``, so a
proposal made on current facts is never refused. The engine reads no clock and makes no ids: both are arguments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lcm_core.domain.read_models import CandidateVerdict, PlacementDecision, PlacementOutcome
from lcm_core.placement.demand_planner import (
    NoSupply,
    OnTheWay,
    RoomNow,
    Supply,
    SupplyRefused,
    WantsNewWorker,
)
from lcm_core.placement.filters import FILTERS, Filter, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot
from lcm_core.placement.scoring import fit_score

ENGINE_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every worker's verdict on one request, in the order of the snapshot, and the best of them."""

    request: PlacementRequest
    verdicts: tuple[CandidateVerdict, ...]
    best: WorkerSnapshot | None

    @property
    def reason_counts(self) -> dict[str, int]:
        """Rejections per reason, most frequent first, equal counts in the order of the filters."""
        counted = Counter(verdict.reason_code for verdict in self.verdicts if verdict.reason_code)
        order = {each.reason.value: place for place, each in enumerate(FILTERS)}
        return dict(sorted(counted.items(), key=lambda item: (-item[1], order[item[0]])))

    @property
    def summary(self) -> str:
        """ "0/12 workers: 7 capacity, 3 license, 2 status": the counts and the eligible ones add up to all workers."""
        eligible = sum(verdict.eligible for verdict in self.verdicts)
        told = ", ".join(f"{count} {reason}" for reason, count in self.reason_counts.items())
        return f"{eligible}/{len(self.verdicts)} workers" + (f": {told}" if told else "")


class PlacementEngine:
    """Filters, then scores; the fullest fitting worker wins, ties by id."""

    def __init__(self, filters: Sequence[Filter] = FILTERS) -> None:
        self._filters = tuple(filters)

    def evaluate(self, request: PlacementRequest, fleet: FleetSnapshot) -> Evaluation:
        """Judge every worker of *fleet* for *request*."""
        judged = [(worker, self._verdict(worker, request, fleet)) for worker in fleet.workers]
        eligible = [(verdict.score or 0.0, worker) for worker, verdict in judged if verdict.eligible]
        best = min(eligible, key=lambda scored: (-scored[0], scored[1].id))[1] if eligible else None
        return Evaluation(request, tuple(verdict for _, verdict in judged), best)

    def _verdict(self, worker: WorkerSnapshot, request: PlacementRequest, fleet: FleetSnapshot) -> CandidateVerdict:
        worker = worker.without(request.session_id)
        rejection = first_rejection(worker, request, fleet.at, self._filters)
        if rejection is not None:
            return CandidateVerdict(
                worker_id=worker.id,
                worker_name=worker.name,
                eligible=False,
                reason_code=rejection.reason.value,
                detail=rejection.detail,
            )
        score = fit_score(worker, request, fleet.at)
        return CandidateVerdict(worker_id=worker.id, worker_name=worker.name, eligible=True, score=score)

    def decide(
        self, request: PlacementRequest, fleet: FleetSnapshot, *, decision_id: str, supply: Supply | None = None
    ) -> PlacementDecision:
        """Assign to the best worker; when none fits, what *supply* says: wait for one on the way, or scale up.

        *supply* is this session's share of ``plan_demand`` over the whole queue; without it the session just waits.
        """
        evaluation = self.evaluate(request, fleet)
        best = evaluation.best
        if best is not None:
            outcome, worker_id, template, hint = PlacementOutcome.ASSIGN, best.id, None, f"placed on {best.name}"
        else:
            outcome, worker_id, template, hint = _without_room(supply)
        return PlacementDecision(
            id=decision_id,
            session_id=request.session_id,
            at=fleet.at,
            outcome=outcome,
            worker_id=worker_id,
            template_name=template,
            summary=f"{evaluation.summary}; {hint}" if hint else evaluation.summary,
            reason_counts=evaluation.reason_counts,
            candidates=evaluation.verdicts,
            engine_version=ENGINE_VERSION,
        )


def _without_room(supply: Supply | None) -> tuple[PlacementOutcome, str | None, str | None, str]:
    """Outcome, worker, template and hint for a session that no worker can take now."""
    match supply:
        case WantsNewWorker(template_name=template):
            return PlacementOutcome.SCALE_UP, None, template, f"a worker of template {template} is asked for"
        case OnTheWay(worker_id=worker_id, worker_name=name, ready_at=ready_at):
            when = f", expected at {ready_at:%Y-%m-%d %H:%M:%S} UTC" if ready_at else ""
            return PlacementOutcome.WAIT, worker_id, None, f"fits on {name} on the way{when}"
        case NoSupply(why=why, retry_at=retry_at):
            said = "no template can hold it" if retry_at is None else "no template can hold it now"
            return PlacementOutcome.WAIT, None, None, f"{said}: {why}"
        case SupplyRefused(template_name=template, why=why):
            return PlacementOutcome.WAIT, None, template, f"no worker of template {template} can be had: {why}"
        case RoomNow() | None:
            return PlacementOutcome.WAIT, None, None, ""
