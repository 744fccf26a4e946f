"""STOPPING, STOPPED, ARCHIVED: give everything back, each thing once, with proof."""

from __future__ import annotations

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, wait_on
from lablet_controller.application.services.pipeline import Broken, Completed, Pipeline, Waiting
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lablet_controller.application.services.session_work import SessionWork
from lablet_controller.application.services.teardown import Teardown
from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Failed, RequeueAfter

_WORKER_RETRY_SECONDS = 5.0
_ASLEEP = frozenset({CMLWorkerStatus.STOPPED, CMLWorkerStatus.STOPPING})


class StoppingPhase:
    def __init__(self, control_plane: ControlPlaneApiClient, runner: PipelineRunner, teardown: Teardown) -> None:
        self._workers = control_plane.workers
        self._runner = runner
        self._teardown = teardown

    async def __call__(self, work: SessionWork) -> PhaseResult:
        worker = work.worker
        if worker is not None and worker.status in _ASLEEP:
            return await self._wake(work)
        if worker is not None and worker.status is CMLWorkerStatus.TERMINATING:
            return RequeueAfter(_WORKER_RETRY_SECONDS, f"worker {worker.name} is being terminated")
        return await run_to_the_end(self._runner, self._teardown.lab_pipeline, work)

    async def _wake(self, work: SessionWork) -> PhaseResult:
        """A lab on a stopped host is not gone: it would come back with the host, the learner's work in it."""
        worker = work.worker
        if worker is not None and worker.desired_status is WorkerDesiredStatus.STOPPED:
            reason = f"the lab of session {work.session.id} must be proven gone"
            body = SetDesiredStatus(desired_status=WorkerDesiredStatus.RUNNING, reason=reason)
            await self._workers.set_desired_status(worker.id, body)
        return RequeueAfter(_WORKER_RETRY_SECONDS, "its worker is stopped; the lab on it must be proven gone")


class StoppedPhase:
    def __init__(self, runner: PipelineRunner, teardown: Teardown) -> None:
        self._runner = runner
        self._teardown = teardown

    async def __call__(self, work: SessionWork) -> PhaseResult:
        return await run_to_the_end(self._runner, self._teardown.lds_pipeline, work)


class ArchivedPhase:
    def __init__(self, control_plane: ControlPlaneApiClient) -> None:
        self._sessions = control_plane.sessions

    async def __call__(self, work: SessionWork) -> PhaseResult:
        await self._sessions.complete_termination(work.session.id)
        return Moved()


async def run_to_the_end(
    runner: PipelineRunner, pipeline: Pipeline[SessionWork], work: SessionWork
) -> Moved | RequeueAfter | Failed:
    match await runner.run(pipeline, work.session, work):
        case Completed():
            return Moved()
        case Waiting() as waiting:
            return wait_on(waiting)
        case Broken(step, reason):
            return Failed(f"{step}: {reason}")
