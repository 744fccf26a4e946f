"""Gives up workers that nobody needs, one at a time, when every guard agrees."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel

from lcm_core.clock import Clock
from lcm_core.contracts.workers import DrainWorker, SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus, LabletSessionStatus, WorkerDesiredStatus
from lcm_core.domain.errors import DomainError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Done, Result
from worker_controller.application.services import worker_metrics
from worker_controller.domain.scale_down import ScaleDownAnswer, ScaleDownFacts, ScaleDownPolicy, judge, retired

log = structlog.stdlib.get_logger(__name__)

SCALE_DOWN_KEY = "fleet"


class GuardVerdict(BaseModel):
    """``why_not`` is null when the guard lets the worker go."""

    guard: str
    why_not: str | None


class WorkerVerdict(BaseModel):
    worker_id: str
    refused_by: str | None
    why: str
    guards: list[GuardVerdict] = []


class ScaleDownReport(BaseModel):
    """Last answers, one for each running worker."""

    enabled: bool
    judged_at: datetime | None = None
    verdicts: list[WorkerVerdict] = []


class ScaleDownReconciler:
    """One key for the whole fleet; at most one worker is drained in a pass, so that each sees the one before."""

    def __init__(self, workers: WorkersApi, sessions: SessionsApi, policy: ScaleDownPolicy, *, clock: Clock) -> None:
        self._workers = workers
        self._sessions = sessions
        self._policy = policy
        self._clock = clock
        self.report = ScaleDownReport(enabled=policy.enabled)

    async def list_keys(self) -> list[str]:
        return [SCALE_DOWN_KEY] if self._policy.enabled else []

    async def reconcile(self, key: str) -> Result:
        now = self._clock.now()
        fleet = tuple(await self._workers.list())
        unplaced_due = await self._unplaced_due(now)
        running = [worker for worker in fleet if worker.status is CMLWorkerStatus.RUNNING]
        answers = [
            judge(ScaleDownFacts(worker, fleet, unplaced_due, now), self._policy)
            for worker in sorted(running, key=lambda each: (-each.cost_per_hour_usd, each.id))
        ]
        self.report = ScaleDownReport(
            enabled=self._policy.enabled,
            judged_at=now,
            verdicts=[_verdict(answer) for answer in answers],
        )
        for answer in answers:
            if answer.refused_by is not None:
                worker_metrics.scale_down_skipped(answer.refused_by)
        agreed = next((answer for answer in answers if answer.refused_by is None), None)
        if agreed is not None:
            await self._drain(agreed)
        for worker in retired(fleet, self._policy, now):
            await self._terminate(worker, now)
        return Done()

    async def _terminate(self, worker: CMLWorkerReadModel, now: datetime) -> None:
        days = (now - worker.status_changed_at).total_seconds() / 86_400
        body = SetDesiredStatus(
            desired_status=WorkerDesiredStatus.TERMINATED, reason=f"retention: stopped for {days:.1f} days"
        )
        try:
            await self._workers.set_desired_status(worker.id, body)
        except DomainError as refused:
            # somebody was promised its room since the fleet was read
            worker_metrics.scale_down_skipped("aggregate")
            log.info("retirement_refused", worker_id=worker.id, reason=str(refused))
            return
        worker_metrics.scale_down_retired()
        log.info("worker_retired", worker_id=worker.id, days=round(days, 1))

    async def _unplaced_due(self, now: datetime) -> int:
        horizon = now + timedelta(seconds=self._policy.look_ahead_seconds)
        pending = await self._sessions.list([LabletSessionStatus.PENDING])
        unpromised = [session for session in pending if session.promised_worker_id is None]
        return sum(session.occupation().start <= horizon for session in unpromised)

    async def _drain(self, answer: ScaleDownAnswer) -> None:
        try:
            await self._workers.drain(answer.worker_id, DrainWorker(reason=f"scale-down: {answer.why}"))
        except DomainError as refused:
            # a session was placed there since the fleet was read: the aggregate has the last word
            worker_metrics.scale_down_skipped("aggregate")
            log.info("scale_down_refused", worker_id=answer.worker_id, reason=str(refused))
            return
        worker_metrics.scale_down_drained()
        log.info("scale_down_draining", worker_id=answer.worker_id, reason=answer.why)


def _verdict(answer: ScaleDownAnswer) -> WorkerVerdict:
    guards = [GuardVerdict(guard=each.guard, why_not=each.why_not) for each in answer.guards]
    return WorkerVerdict(worker_id=answer.worker_id, refused_by=answer.refused_by, why=answer.why, guards=guards)
