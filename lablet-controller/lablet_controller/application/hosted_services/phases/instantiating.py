"""INSTANTIATING: run the pipeline until the learner can come, or say why not."""

from __future__ import annotations

from lablet_controller.application.hosted_services.phases.host_recovery import HostRecovery, is_lost
from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping, wait_on
from lablet_controller.application.services.instantiation import Instantiation
from lablet_controller.application.services.pipeline import Broken, Completed, Interrupted, Waiting
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.domain.enums import CMLWorkerStatus, SessionOutcome, WorkerServiceStatus
from lcm_core.reconcile import RequeueAfter

_UNDECIDED = frozenset({CMLWorkerStatus.STOPPING, CMLWorkerStatus.STARTING})
_UNUSABLE = frozenset({CMLWorkerStatus.STOPPED})
_WORKER_RETRY_SECONDS = 3.0


class InstantiatingPhase:
    def __init__(
        self,
        stopping: Stopping,
        runner: PipelineRunner,
        instantiation: Instantiation,
        recovery: HostRecovery,
    ) -> None:
        self._recovery = recovery
        self._stopping = stopping
        self._runner = runner
        self._instantiation = instantiation

    async def __call__(self, work: SessionWork) -> PhaseResult:
        requested = await self._stopping.if_requested(work)
        if requested is not None:
            return requested
        return await self._because_of_worker(work) or await self._go_on(work)

    async def _because_of_worker(self, work: SessionWork) -> PhaseResult | None:
        """What the worker's state decides; None when the pipeline may run."""
        worker = work.worker
        if worker is None:
            return await self._stopping.stop(work, SessionOutcome.FAILED, "its worker is not known any more")
        if is_lost(worker):
            # nobody has begun, so that the session may begin again elsewhere
            return await self._recovery.attend(work)
        if worker.status in _UNUSABLE:
            reason = f"worker {worker.name} is {worker.status.value}: {worker.failure or 'it stopped during set-up'}"
            return await self._stopping.stop(work, SessionOutcome.FAILED, reason)
        if worker.status in _UNDECIDED:
            return RequeueAfter(_WORKER_RETRY_SECONDS, f"worker {worker.name} is {worker.status.value}")
        if worker.service_status is WorkerServiceStatus.UNAVAILABLE:
            # steps would only use up their attempts; the slot clock bounds the waiting
            return RequeueAfter(_WORKER_RETRY_SECONDS, f"CML on worker {worker.name} does not answer")
        return None

    async def _go_on(self, work: SessionWork) -> PhaseResult:
        match await self._runner.run(self._instantiation.pipeline_for(work.session), work.session, work):
            case Completed() | Interrupted():
                return Moved()
            case Waiting() as waiting:
                return wait_on(waiting)
            case Broken(step, reason):
                return await self._stopping.stop(work, SessionOutcome.FAILED, f"{step}: {reason}")
