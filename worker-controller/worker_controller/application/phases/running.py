"""RUNNING: watch over the worker, do what is wanted of it."""

from __future__ import annotations

from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.phases.observe import WorkerObserver
from worker_controller.application.services.reports import WorkerReports


class RunningPhase:
    """Whether a worker with sessions may be stopped was decided when that was asked for, not here."""

    def __init__(self, observer: WorkerObserver, reports: WorkerReports) -> None:
        self._observer = observer
        self._reports = reports

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        match worker.desired_status:
            case WorkerDesiredStatus.TERMINATED:
                return await self._reports.terminating(worker, "termination requested")
            case WorkerDesiredStatus.STOPPED:
                return await self._reports.stopping(worker, "stop requested")
            case WorkerDesiredStatus.RUNNING:
                return look_result(await self._observer.look(worker), "the next look")


def look_result(seen: Result | float, waiting_for: str) -> Result:
    """What a look at a worker that serves means for its key: a result is passed on, seconds are waited."""
    return RequeueAfter(seen, waiting_for) if isinstance(seen, float | int) else seen
