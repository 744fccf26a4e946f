"""Brings one session from PENDING to SCHEDULED, and looks after it until something begins on its host."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.sessions import RecordPlacementDecision, StopSession, UnscheduleSession
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, SessionOutcome, WorkerDesiredStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, PlacementDecision, PlacementOutcome
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.placement.snapshots import placement_request
from lcm_core.reconcile import Done, RequeueAfter, Result
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.placer import Placer
from resource_scheduler.application.services.promise_keeper import Promise, PromiseKeeper
from resource_scheduler.application.services.waiting_sessions import WaitingSessions
from resource_scheduler.domain.due_gate import Due, DueGate
from resource_scheduler.domain.supply import Need

log = structlog.stdlib.get_logger(__name__)

HANDLED_STATUSES = (LabletSessionStatus.PENDING, LabletSessionStatus.SCHEDULED)
_SOON_SECONDS = 0.05
_STAYING_UP = frozenset({CMLWorkerStatus.RUNNING, CMLWorkerStatus.STARTING})


class SessionReconciler:
    """One step per call; *ask_for_supply* has the lack of room looked into for the whole queue at once, *begin* starts
    a session that was placed when its time had come already."""

    def __init__(
        self,
        sessions: SessionsApi,
        fleet: FleetView,
        waiting: WaitingSessions,
        promises: PromiseKeeper,
        placer: Placer,
        *,
        clock: Clock,
        slack_seconds: float,
        grace_seconds: float,
        ask_for_supply: Callable[[], None],
        begin: Callable[[LabletSessionReadModel], Awaitable[None]],
        due_in: Callable[[str], float | None] = lambda _key: None,
    ) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._waiting = waiting
        self._promises = promises
        self._placer = placer
        self._clock = clock
        self._slack_seconds = slack_seconds
        self._grace_seconds = grace_seconds
        self._ask_for_supply = ask_for_supply
        self._begin = begin
        self._due_in = due_in

    async def list_keys(self) -> list[str]:
        """Those for whom something is to be done: the others rest until a change or their own timer (*due_in*)."""
        rows, gate, now = await self._sessions.list(HANDLED_STATUSES), await self.gate(), self._clock.now()
        scheduler_metrics.promises_at_risk(sum(row.promise_risk is not None for row in rows))
        return [row.id for row in rows if not await self._rests(row, gate, now)]

    async def _rests(self, row: LabletSessionReadModel, gate: DueGate, now: datetime) -> bool:
        if row.terminate_requested:
            return False
        if row.status is LabletSessionStatus.SCHEDULED:
            return _why_leave(await self._fleet.worker(row.worker_id or "")) is None
        timer = self._due_in(row.id)
        if timer is None or gate.at(now, row) is not Due.EARLY:
            return timer is not None and row.id in self._waiting
        in_time = timer <= (gate.opens_at(row) - now).total_seconds() + 1.0
        return in_time and (row.id in self._waiting or await self._promises.stands(row, Need.LATER))

    async def gate(self) -> DueGate:
        """Opens early enough for the slowest template that may have to be started."""
        margin = await self._fleet.slowest_start_seconds() + self._slack_seconds
        return DueGate(boot_margin_seconds=margin, grace_seconds=self._grace_seconds)

    async def reconcile(self, key: str) -> Result:
        self._waiting.looked_at(key)
        try:
            session = await self._sessions.get(key)
        except NotFound:
            return self._leave(key)
        if session.status not in HANDLED_STATUSES:
            return self._leave(key)
        if session.terminate_requested:
            await self._stop(session)
            return self._leave(key)
        if session.status is LabletSessionStatus.SCHEDULED:
            return await self._look_after(session)
        return await self._bring_to_a_worker(session)

    def _leave(self, key: str) -> Done:
        self._forget(key)
        return Done()

    def _forget(self, key: str) -> None:
        self._waiting.forget(key)
        scheduler_metrics.waiting(len(self._waiting))

    # -- PENDING

    async def _bring_to_a_worker(self, session: LabletSessionReadModel) -> Result:
        """Its room is held at any time; it is placed when it is due. That it is too late is told by the slot clock."""
        seen, gate, now = self._fleet.room_version, await self.gate(), self._clock.now()
        due = gate.at(now, session)
        if due is Due.TOO_LATE:
            return self._leave(session.id)
        promise = await self._promises.keep(session, _need(session, due, now))
        if due is Due.EARLY:
            until_due = (gate.opens_at(session) - now).total_seconds()
            if promise.worker is None:
                until_due = min(until_due, self._wait(promise.session))
            return RequeueAfter(until_due, "its time to be placed")
        decision = await self._placer.place(
            promise.session, promise.worker, self._waiting.position(placement_request(promise.session))
        )
        if decision.outcome is PlacementOutcome.ASSIGN:
            self._forget(session.id)
            await self._begin(session)
            return Done()
        result = await self._wait_for_room(promise, decision, gate)
        # who was being looked at when room was made was not among those to be woken
        return result if seen == self._fleet.room_version else RequeueAfter(_SOON_SECONDS, "another look")

    async def _wait_for_room(self, promise: Promise, decision: PlacementDecision, gate: DueGate) -> Result:
        session = promise.session
        pause = self._wait(session)
        if promise.worker is None:
            self._ask_for_supply()
        else:
            await self._tell(session, decision)
        now = self._clock.now()
        turns = [(at - now).total_seconds() for at in (session.occupation().start, gate.closes_at(session))]
        return RequeueAfter(min([pause, *(turn for turn in turns if turn > 0)]), "room on a worker")

    def _wait(self, session: LabletSessionReadModel) -> float:
        pause = self._waiting.add(placement_request(session))
        scheduler_metrics.retried()
        scheduler_metrics.waiting(len(self._waiting))
        return pause

    async def _tell(self, session: LabletSessionReadModel, decision: PlacementDecision) -> None:
        """Record why *session* waits, unless that is what was recorded last."""
        if decision.summary == session.pending_reason:
            return
        try:
            await self._sessions.record_placement_decision(session.id, RecordPlacementDecision(decision=decision))
        except (DomainError, NotFound) as overtaken:
            log.info("placement_decision_overtaken", session_id=session.id, reason=str(overtaken))

    # -- SCHEDULED

    async def _look_after(self, session: LabletSessionReadModel) -> Result:
        """Nothing to do unless its worker will not be there for it."""
        self._forget(session.id)
        worker = await self._fleet.worker(session.worker_id or "")
        why = _why_leave(worker)
        if why is None:
            return Done()
        await self._sessions.unschedule(session.id, UnscheduleSession(reason=why, worker_id=session.worker_id))
        log.info("session_unscheduled", worker_id=session.worker_id, reason=why)
        return RequeueAfter(0)

    async def _stop(self, session: LabletSessionReadModel) -> None:
        outcome = session.outcome or SessionOutcome.CANCELLED
        why = session.outcome_reason or f"{outcome.value} before anything existed on a host"
        await self._sessions.stop(session.id, StopSession(outcome=outcome, reason=why))
        log.info("session_stopped", outcome=outcome.value, reason=why)


def _need(session: LabletSessionReadModel, due: Due, now: datetime) -> Need:
    if due is Due.EARLY:
        return Need.LATER
    return Need.NOW if session.occupation().start <= now else Need.SOON


def _why_leave(worker: CMLWorkerReadModel | None) -> str | None:
    """Why a session that has not begun must not stay on this worker; None when it may."""
    if worker is None:
        return "its worker is terminated"
    if worker.status not in _STAYING_UP:
        return f"its worker {worker.name} is {worker.status.value}"
    if worker.host_loss is not None:
        return f"its worker {worker.name} lost its host: {worker.host_loss.reason}"[:2000]
    if worker.desired_status is not WorkerDesiredStatus.RUNNING:
        return f"its worker {worker.name} is to be {worker.desired_status.value}"
    return None
