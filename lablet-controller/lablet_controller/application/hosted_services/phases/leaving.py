"""STOPPING, STOPPED, ARCHIVED: give everything back, each thing once, with proof."""

from __future__ import annotations

import structlog

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, wait_on
from lablet_controller.application.services.pipeline import Broken, Completed, Interrupted, Pipeline, Waiting
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lablet_controller.application.services.session_work import SessionWork
from lablet_controller.application.services.teardown import Teardown
from lcm_core.clock import Clock
from lcm_core.contracts.workers import SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.observability import meter
from lcm_core.reconcile import Failed, RequeueAfter

log = structlog.stdlib.get_logger(__name__)
_overdue = meter("lablet_controller").create_counter(
    "lcm_session_teardowns_overdue_total", description="Sessions that were not gone in time, by status; told once each."
)

_WORKER_RETRY_SECONDS = 5.0
_ASLEEP = frozenset({CMLWorkerStatus.STOPPED, CMLWorkerStatus.STOPPING})


class Overdue:
    """Tells people of sessions that should have been gone by now. They are not given up: without proof nothing is."""

    def __init__(self, clock: Clock, usual_seconds: float) -> None:
        self._clock = clock
        self._usual_seconds = usual_seconds
        self._told: set[tuple[str, str]] = set()

    def note(self, work: SessionWork, waiting_for: str) -> bool:
        """Whether it is overdue; told once for each session and status, and again by a new leader."""
        session, limit = work.session, work.limits.teardown_seconds or self._usual_seconds
        waited = (self._clock.now() - session.status_changed_at).total_seconds()
        if waited < limit:
            return False
        if (session.id, session.status.value) not in self._told:
            self._told.add((session.id, session.status.value))
            _overdue.add(1, {"status": session.status.value})
            log.error(
                "session_teardown_overdue",
                session_id=session.id,
                status=session.status.value,
                worker_id=session.worker_id,
                waited_seconds=round(waited),
                waiting_for=waiting_for,
                what_to_do="make the host or LDS answer; a host that is gone for good is terminated by its worker",
            )
        return True


class StoppingPhase:
    def __init__(
        self, control_plane: ControlPlaneApiClient, runner: PipelineRunner, teardown: Teardown, overdue: Overdue
    ) -> None:
        self._workers = control_plane.workers
        self._runner = runner
        self._teardown = teardown
        self._overdue = overdue

    async def __call__(self, work: SessionWork) -> PhaseResult:
        worker = work.worker
        if worker is not None and worker.status in _ASLEEP:
            result: PhaseResult = await self._wake(work)
        elif worker is not None and worker.status is CMLWorkerStatus.TERMINATING:
            result = RequeueAfter(_WORKER_RETRY_SECONDS, f"worker {worker.name} is being terminated")
        else:
            result = await run_to_the_end(self._runner, self._teardown.lab_pipeline, work)
        return _watched(result, work, self._overdue)

    async def _wake(self, work: SessionWork) -> PhaseResult:
        """A lab on a stopped host is not gone: it would come back with the host, the learner's work in it."""
        worker = work.worker
        if worker is not None and worker.desired_status is WorkerDesiredStatus.STOPPED:
            reason = f"the lab of session {work.session.id} must be proven gone"
            body = SetDesiredStatus(desired_status=WorkerDesiredStatus.RUNNING, reason=reason)
            await self._workers.set_desired_status(worker.id, body)
        return RequeueAfter(_WORKER_RETRY_SECONDS, "its worker is stopped; the lab on it must be proven gone")


class StoppedPhase:
    def __init__(self, runner: PipelineRunner, teardown: Teardown, overdue: Overdue) -> None:
        self._runner = runner
        self._teardown = teardown
        self._overdue = overdue

    async def __call__(self, work: SessionWork) -> PhaseResult:
        return _watched(await run_to_the_end(self._runner, self._teardown.lds_pipeline, work), work, self._overdue)


def _watched(result: PhaseResult, work: SessionWork, overdue: Overdue) -> PhaseResult:
    if isinstance(result, RequeueAfter):
        overdue.note(work, result.waiting_for)
    return result


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
        case Completed() | Interrupted():
            return Moved()
        case Waiting() as waiting:
            return wait_on(waiting)
        case Broken(step, reason):
            return Failed(f"{step}: {reason}")
