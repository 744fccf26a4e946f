"""TERMINATING: give the licence back, remove the instance, and say so when it is gone."""

from __future__ import annotations

from lcm_core.clock import Clock
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.services.instance_remover import InstanceRemover
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.vitals import VitalsBook
from worker_controller.domain.pace import TransitionPace


class TerminatePhase:
    def __init__(
        self,
        remover: InstanceRemover,
        licences: LicenceKeeper,
        reports: WorkerReports,
        vitals: VitalsBook,
        *,
        clock: Clock,
        pace: TransitionPace,
    ) -> None:
        self._remover = remover
        self._licences = licences
        self._reports = reports
        self._vitals = vitals
        self._clock = clock
        self._pace = pace

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        if not await self._remover.remove(worker):
            pause = self._pace.after(worker.status_changed_at, self._clock.now())
            return RequeueAfter(pause, "EC2 to terminate the instance")
        self._vitals.forget(worker.id)
        self._licences.forget(worker.id)
        return await self._reports.terminated(worker, "EC2 instance terminated")
