"""FAILED: remove the instance, keep the record for a while."""

from __future__ import annotations

from lcm_core.clock import Clock
from lcm_core.domain.enums import WorkerDesiredStatus, WorkerOrigin
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.services.instance_remover import InstanceRemover
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.vitals import VitalsBook
from worker_controller.domain.pace import TransitionPace


class FailedPhase:
    """The instance goes at once, the record stays for *keep_seconds*: for people to see why, and for the scheduler,
    which does not ask for another worker of a template that keeps failing as long as it sees the failures."""

    def __init__(
        self,
        remover: InstanceRemover,
        reports: WorkerReports,
        vitals: VitalsBook,
        *,
        clock: Clock,
        pace: TransitionPace,
        keep_seconds: float,
    ) -> None:
        self._remover = remover
        self._reports = reports
        self._vitals = vitals
        self._clock = clock
        self._pace = pace
        self._keep_seconds = keep_seconds

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        self._vitals.forget(worker.id)
        if worker.desired_status is WorkerDesiredStatus.TERMINATED:
            return await self._reports.terminating(worker, "termination requested")
        now = self._clock.now()
        if not await self._remover.remove(worker):
            return RequeueAfter(self._pace.after(worker.status_changed_at, now), "EC2 to terminate the instance")
        left = self._keep_seconds - (now - worker.status_changed_at).total_seconds()
        if left > 0:
            return RequeueAfter(left, "people to see why it failed")
        left = "no instance left" if worker.origin is WorkerOrigin.LAUNCHED else "its instance was let go"
        return await self._reports.terminated(worker, left)
