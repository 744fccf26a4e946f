"""SCHEDULED: wait for the lead time and for the worker, then begin."""

from __future__ import annotations

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping, rest_until
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import UnscheduleSession
from lcm_core.domain.enums import CMLWorkerStatus, SessionOutcome, WorkerDesiredStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import RequeueAfter

_NOT_COMING = frozenset(
    {
        CMLWorkerStatus.DRAINING,
        CMLWorkerStatus.STOPPING,
        CMLWorkerStatus.STOPPED,
        CMLWorkerStatus.TERMINATING,
        CMLWorkerStatus.TERMINATED,
        CMLWorkerStatus.FAILED,
    }
)
_WORKER_RETRY_SECONDS = 2.0


class ScheduledPhase:
    def __init__(self, control_plane: ControlPlaneApiClient, stopping: Stopping, clock: Clock) -> None:
        self._sessions = control_plane.sessions
        self._stopping = stopping
        self._clock = clock

    async def __call__(self, work: SessionWork) -> PhaseResult:
        session, worker, now = work.session, work.worker, self._clock.now()
        requested = await self._stopping.if_requested(work)
        if requested is not None:
            return requested
        if now >= session.timeslot.end:
            reason = "its slot passed before its worker was ready"
            return await self._stopping.stop(work, SessionOutcome.EXPIRED, reason)
        if worker is None or worker.status in _NOT_COMING or worker.desired_status is not WorkerDesiredStatus.RUNNING:
            return await self._replace(work)
        due = session.occupation().start
        if now < due:
            return rest_until(due, now, "lead time")
        if not worker.placeable:
            return RequeueAfter(_WORKER_RETRY_SECONDS, f"worker {worker.name} is {worker.status.value}, not ready")
        await self._sessions.start_instantiation(session.id)
        return Moved()

    async def _replace(self, work: SessionWork) -> Moved:
        """Nothing exists on the host yet: the scheduler may choose another one."""
        worker = work.worker
        why = "its worker is not known any more"
        if worker is not None:
            why = f"worker {worker.name} is {worker.status.value}, wanted {worker.desired_status.value}"
        await self._sessions.unschedule(work.session.id, UnscheduleSession(reason=f"to be placed again: {why}"))
        return Moved()
