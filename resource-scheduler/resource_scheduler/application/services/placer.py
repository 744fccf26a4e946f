"""Decides where one session goes, and has it placed there."""

from __future__ import annotations

import time
from collections import deque
from uuid import uuid4

import structlog

from lcm_core.contracts.sessions import ScheduleSession
from lcm_core.domain.errors import CapacityRefused, Conflict
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, PlacementDecision, PlacementOutcome
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.placement.demand_planner import OnTheWay, Supply, tentative_allocation
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.snapshots import placement_request
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.domain.wake_order import Shape, shape_of

log = structlog.stdlib.get_logger(__name__)

_DECISIONS_KEPT = 500


class Placer:
    """*attempts* bounds the decisions on fresh facts after refused proposals.

    A shape for which there is no room is judged once for each version of the fleet: the sessions behind the first one
    share its verdicts.
    """

    def __init__(
        self, sessions: SessionsApi, fleet: FleetView, *, attempts: int, engine: PlacementEngine | None = None
    ) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._attempts = attempts
        self._engine = engine or PlacementEngine()
        self._hopeless: dict[Shape, PlacementDecision] = {}
        self._hopeless_at = -1
        self.decisions: deque[PlacementDecision] = deque(maxlen=_DECISIONS_KEPT)

    async def place(self, session: LabletSessionReadModel, holder: CMLWorkerReadModel | None) -> PlacementDecision:
        """The decision that placed it, or one without a placeable worker. Raises the last refusal.

        *holder* has its room: it goes there when that worker serves, else to any other one that has room now.
        """
        request = placement_request(session)
        for attempt in range(1, self._attempts + 1):
            seen = self._fleet.room_version
            fleet = await self._fleet.snapshot()
            decision = self._decide(request, fleet, holder, seen)
            if decision.outcome is not PlacementOutcome.ASSIGN:
                return decision
            try:
                await self._assign(request, fleet, decision)
            except (CapacityRefused, Conflict) as refused:
                scheduler_metrics.proposal_refused(refused.code)
                log.info("placement_refused", attempt=attempt, worker_id=decision.worker_id, reason=str(refused))
                if attempt == self._attempts:
                    raise
                await self._fleet.refresh(decision.worker_id or "")
                continue
            self._note_promise(session, decision)
            log.info("session_scheduled", worker_id=decision.worker_id, summary=decision.summary)
            return decision
        raise AssertionError("the last attempt returns or raises")

    def _decide(
        self, request: PlacementRequest, fleet: FleetSnapshot, holder: CMLWorkerReadModel | None, seen: int
    ) -> PlacementDecision:
        """*seen* is the version of the fleet before it was looked at: a change meanwhile may not be in the picture."""
        started = time.perf_counter()
        shape = shape_of(request)
        known = self._known_hopeless(shape)
        decision_id = uuid4().hex
        if known is not None:
            return known.model_copy(update={"id": decision_id, "session_id": request.session_id, "at": fleet.at})
        decision = self._engine.decide(request, fleet, decision_id=decision_id, supply=_supply(holder))
        decision = _preferring(decision, request.promised_worker_id)
        if decision.outcome is not PlacementOutcome.ASSIGN and seen == self._fleet.room_version:
            self._hopeless[shape] = decision
        scheduler_metrics.decided(decision, time.perf_counter() - started)
        self.decisions.append(decision)
        return decision

    def _known_hopeless(self, shape: Shape) -> PlacementDecision | None:
        if self._hopeless_at != self._fleet.room_version:
            self._hopeless.clear()
            self._hopeless_at = self._fleet.room_version
        return self._hopeless.get(shape)

    async def _assign(self, request: PlacementRequest, fleet: FleetSnapshot, decision: PlacementDecision) -> None:
        worker = next(each for each in fleet.workers if each.id == decision.worker_id).without(request.session_id)
        allocation = tentative_allocation(worker, request, fleet.at)
        with self._fleet.holding(worker.id, allocation):
            async with self._fleet.turn(worker.id):
                body = ScheduleSession(worker_id=worker.id, decision=decision)
                await self._sessions.schedule(request.session_id, body)
            self._fleet.granted(worker.id, allocation)

    @staticmethod
    def _note_promise(session: LabletSessionReadModel, decision: PlacementDecision) -> None:
        if session.promised_worker_id is not None:
            scheduler_metrics.promise("kept" if decision.worker_id == session.promised_worker_id else "moved")


def _preferring(decision: PlacementDecision, promised: str | None) -> PlacementDecision:
    """The worker that holds the room, if it can take the session now, whatever the scores say."""
    chosen = next((each for each in decision.candidates if each.eligible and each.worker_id == promised), None)
    if chosen is None or chosen.worker_id == decision.worker_id:
        return decision
    told, _, _ = decision.summary.partition(";")
    summary = f"{told}; placed on {chosen.worker_name}, which holds its room"
    return decision.model_copy(update={"worker_id": chosen.worker_id, "summary": summary})


def _supply(holder: CMLWorkerReadModel | None) -> Supply | None:
    """Where the room of a session that cannot be placed yet will come from."""
    return None if holder is None else OnTheWay(holder.id, holder.name, holder.expected_ready_at)
