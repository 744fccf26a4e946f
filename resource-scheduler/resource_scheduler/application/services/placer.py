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

log = structlog.stdlib.get_logger(__name__)

_DECISIONS_KEPT = 500


class Placer:
    """*attempts* bounds the decisions on fresh facts after refused proposals."""

    def __init__(
        self, sessions: SessionsApi, fleet: FleetView, *, attempts: int, engine: PlacementEngine | None = None
    ) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._attempts = attempts
        self._engine = engine or PlacementEngine()
        self.decisions: deque[PlacementDecision] = deque(maxlen=_DECISIONS_KEPT)

    async def place(
        self, session: LabletSessionReadModel, holder: CMLWorkerReadModel | None, queue_position: int
    ) -> PlacementDecision:
        """The decision that placed it, or one without a placeable worker. Raises the last refusal.

        *holder* has its room: it goes there when that worker serves, else to any other one that has room now.
        """
        request = placement_request(session)
        for attempt in range(1, self._attempts + 1):
            fleet = await self._fleet.snapshot()
            decision = self._decide(request, fleet, holder, queue_position)
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
        self, request: PlacementRequest, fleet: FleetSnapshot, holder: CMLWorkerReadModel | None, queue_position: int
    ) -> PlacementDecision:
        started = time.perf_counter()
        decision = self._engine.decide(
            request, fleet, decision_id=uuid4().hex, supply=_supply(holder), queue_position=queue_position
        )
        scheduler_metrics.decided(decision, time.perf_counter() - started)
        self.decisions.append(decision)
        return decision

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


def _supply(holder: CMLWorkerReadModel | None) -> Supply | None:
    """Where the room of a session that cannot be placed yet will come from."""
    return None if holder is None else OnTheWay(holder.id, holder.name, holder.expected_ready_at)
