"""DRAINING: who is on it stays to the end, then it stops; or it goes on after all."""

from __future__ import annotations

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import Result
from worker_controller.application.phases.observe import WorkerObserver
from worker_controller.application.phases.running import look_result
from worker_controller.application.services.reports import WorkerReports

log = structlog.stdlib.get_logger(__name__)


class DrainPhase:
    """Stops when nobody is on it any more; a drain that takes longer than *warn_after_seconds* is told to people.

    It is never cut short here: only an operator may stop a worker on which somebody works. Bookings that have not begun
    do not keep it up: it can be started again for them.
    """

    def __init__(
        self, observer: WorkerObserver, reports: WorkerReports, *, clock: Clock, warn_after_seconds: float
    ) -> None:
        self._observer = observer
        self._reports = reports
        self._clock = clock
        self._warn_after_seconds = warn_after_seconds

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        if worker.desired_status is WorkerDesiredStatus.TERMINATED:
            return await self._reports.terminating(worker, "termination requested while draining")
        if worker.desired_status is WorkerDesiredStatus.RUNNING:
            return await self._reports.drain_cancelled(worker)
        now = self._clock.now()
        held = [each.session_id for each in worker.allocations if each.granted or each.interval.start <= now]
        if not held:
            return await self._reports.stopping(worker, "drained: nobody is on it any more")
        drained_for = (now - worker.status_changed_at).total_seconds()
        if drained_for > self._warn_after_seconds:
            log.warning("drain_takes_long", worker_id=worker.id, seconds=round(drained_for), session_ids=held)
        waiting_for = f"{len(held)} sessions to end"
        return look_result(await self._observer.look(worker), waiting_for)
