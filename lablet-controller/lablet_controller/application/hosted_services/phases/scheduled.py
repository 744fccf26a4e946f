"""SCHEDULED: the scheduler begins it when its time has come; here it only leaves a worker that will not be there."""

from __future__ import annotations

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.contracts.sessions import UnscheduleSession
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done

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


class ScheduledPhase:
    def __init__(self, control_plane: ControlPlaneApiClient, stopping: Stopping) -> None:
        self._sessions = control_plane.sessions
        self._stopping = stopping

    async def __call__(self, work: SessionWork) -> PhaseResult:
        worker = work.worker
        requested = await self._stopping.if_requested(work)
        if requested is not None:
            return requested
        lost = worker is not None and worker.host_loss is not None
        if (
            lost
            or worker is None
            or worker.status in _NOT_COMING
            or worker.desired_status is not WorkerDesiredStatus.RUNNING
        ):
            return await self._replace(work)
        return Done()

    async def _replace(self, work: SessionWork) -> Moved:
        """Nothing exists on the host yet: the scheduler may choose another one."""
        worker = work.worker
        why = "its worker is not known any more"
        if worker is not None:
            why = f"worker {worker.name} is {worker.status.value}, wanted {worker.desired_status.value}"
            if worker.host_loss is not None:
                why = f"{why}; host lost: {worker.host_loss.reason}"
        body = UnscheduleSession(reason=f"to be placed again: {why}"[:2000], worker_id=work.session.worker_id)
        await self._sessions.unschedule(work.session.id, body)
        return Moved()
