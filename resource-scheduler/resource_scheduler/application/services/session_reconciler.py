"""Brings one session from PENDING to SCHEDULED, and looks after it until something begins on its host."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.sessions import ScheduleSession, StopSession, UnscheduleSession
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, SessionOutcome, WorkerDesiredStatus
from lcm_core.domain.errors import CapacityRefused, Conflict, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, PlacementDecision
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.placement.demand_planner import tentative_allocation
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.snapshots import placement_request
from lcm_core.reconcile import Done, RequeueAfter, Result
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.due_gate import Due, DueGate
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.waiting_sessions import WaitingSessions

log = structlog.stdlib.get_logger(__name__)

HANDLED_STATUSES = (LabletSessionStatus.PENDING, LabletSessionStatus.SCHEDULED)
_STAYING_UP = frozenset({CMLWorkerStatus.RUNNING, CMLWorkerStatus.STARTING})


class SessionReconciler:
    """One step per call; *ask_for_supply* has the lack of room looked into for the whole queue at once."""

    def __init__(
        self,
        sessions: SessionsApi,
        fleet: FleetView,
        waiting: WaitingSessions,
        *,
        clock: Clock,
        slack_seconds: float,
        grace_seconds: float,
        attempts: int,
        ask_for_supply: Callable[[], None],
        engine: PlacementEngine | None = None,
    ) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._waiting = waiting
        self._clock = clock
        self._slack_seconds = slack_seconds
        self._grace_seconds = grace_seconds
        self._attempts = attempts
        self._ask_for_supply = ask_for_supply
        self._engine = engine or PlacementEngine()

    async def list_keys(self) -> list[str]:
        return [session.id for session in await self._sessions.list(HANDLED_STATUSES)]

    async def gate(self) -> DueGate:
        """Opens early enough for the slowest template that may have to be started."""
        margin = await self._fleet.slowest_start_seconds() + self._slack_seconds
        return DueGate(boot_margin_seconds=margin, grace_seconds=self._grace_seconds)

    async def reconcile(self, key: str) -> Result:
        self._waiting.discard(key)
        try:
            session = await self._sessions.get(key)
        except NotFound:
            return Done()
        if session.status not in HANDLED_STATUSES:
            return Done()
        if session.terminate_requested:
            return await self._stop(session, session.outcome or SessionOutcome.CANCELLED, session.outcome_reason)
        if session.status is LabletSessionStatus.SCHEDULED:
            return await self._look_after(session)
        return await self._place_when_due(session)

    # -- PENDING

    async def _place_when_due(self, session: LabletSessionReadModel) -> Result:
        gate = await self.gate()
        now, occupation = self._clock.now(), session.occupation()
        match gate.at(now, session.timeslot, occupation):
            case Due.TOO_LATE:
                why = f"no room was found for it by {gate.closes_at(session.timeslot):%Y-%m-%d %H:%M:%S} UTC"
                return await self._stop(session, SessionOutcome.EXPIRED, _with_last_reason(why, session))
            case Due.EARLY:
                return RequeueAfter((gate.opens_at(occupation) - now).total_seconds(), "its time to be placed")
            case Due.NOW:
                if await self._place(session):
                    return Done()
                self._waiting.add(session.id)
                self._ask_for_supply()
                left = (gate.closes_at(session.timeslot) - self._clock.now()).total_seconds()
                return RequeueAfter(max(left, 0.0), "room on a worker")

    async def _place(self, session: LabletSessionReadModel) -> bool:
        """Whether it was placed. Refusals are met with another decision on fresh facts, a few times."""
        request = placement_request(session)
        for attempt in range(1, self._attempts + 1):
            fleet = await self._fleet.snapshot()
            decision = self._decide(request, fleet)
            if decision.worker_id is None:
                return False
            try:
                await self._assign(request, fleet, decision)
            except (CapacityRefused, Conflict) as refused:
                scheduler_metrics.proposal_refused(refused.code)
                log.info("placement_refused", attempt=attempt, worker_id=decision.worker_id, reason=str(refused))
                if attempt == self._attempts:
                    raise
                await self._fleet.refresh(decision.worker_id)
                continue
            log.info("session_scheduled", worker_id=decision.worker_id, summary=decision.summary)
            return True
        raise AssertionError("the last attempt returns or raises")

    def _decide(self, request: PlacementRequest, fleet: FleetSnapshot) -> PlacementDecision:
        started = time.perf_counter()
        decision = self._engine.decide(request, fleet, decision_id=uuid4().hex)
        scheduler_metrics.decided(decision, time.perf_counter() - started)
        return decision

    async def _assign(self, request: PlacementRequest, fleet: FleetSnapshot, decision: PlacementDecision) -> None:
        worker = next(each for each in fleet.workers if each.id == decision.worker_id)
        allocation = tentative_allocation(worker, request, fleet.at)
        with self._fleet.holding(worker.id, allocation):
            async with self._fleet.turn(worker.id):
                body = ScheduleSession(worker_id=worker.id, decision=decision)
                await self._sessions.schedule(request.session_id, body)
            self._fleet.granted(worker.id, allocation)

    # -- SCHEDULED

    async def _look_after(self, session: LabletSessionReadModel) -> Result:
        """Nothing to do unless its worker will not be there for it."""
        worker = await self._fleet.worker(session.worker_id or "")
        why = _why_leave(worker)
        if why is None:
            return Done()
        await self._sessions.unschedule(session.id, UnscheduleSession(reason=why))
        log.info("session_unscheduled", worker_id=session.worker_id, reason=why)
        return RequeueAfter(0)

    async def _stop(self, session: LabletSessionReadModel, outcome: SessionOutcome, reason: str) -> Result:
        why = reason or f"{outcome.value} before anything existed on a host"
        await self._sessions.stop(session.id, StopSession(outcome=outcome, reason=why))
        log.info("session_stopped", outcome=outcome.value, reason=why)
        return Done()


def _why_leave(worker: CMLWorkerReadModel | None) -> str | None:
    """Why a session that has not begun must not stay on this worker; None when it may."""
    if worker is None:
        return "its worker is terminated"
    if worker.status not in _STAYING_UP:
        return f"its worker {worker.name} is {worker.status.value}"
    if worker.desired_status is not WorkerDesiredStatus.RUNNING:
        return f"its worker {worker.name} is to be {worker.desired_status.value}"
    return None


def _with_last_reason(why: str, session: LabletSessionReadModel) -> str:
    return f"{why}; last decision: {session.pending_reason}" if session.pending_reason else why
