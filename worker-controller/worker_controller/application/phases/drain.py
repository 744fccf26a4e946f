"""DRAINING: who is on it stays to the end, then it stops; or it goes on after all."""

from __future__ import annotations

from datetime import datetime

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.fleet_care import DrainDeadlineAction
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Result
from worker_controller.application.phases.observe import WorkerObserver
from worker_controller.application.phases.running import look_result
from worker_controller.application.services import worker_metrics
from worker_controller.application.services.reports import WorkerReports

log = structlog.stdlib.get_logger(__name__)


class DrainPhase:
    """Stops when nobody is on it any more; a drain that takes longer than *warn_after_seconds* is told to people.

    At the deadline of its template control-plane-api says what the policy wants: only then, or by an operator, is a
    worker stopped on which somebody works. Bookings that have not begun do not keep it up: it can be started again for
    them.
    """

    def __init__(
        self,
        observer: WorkerObserver,
        workers: WorkersApi,
        reports: WorkerReports,
        *,
        clock: Clock,
        warn_after_seconds: float,
    ) -> None:
        self._workers = workers
        self._observer = observer
        self._reports = reports
        self._clock = clock
        self._warn_after_seconds = warn_after_seconds

    async def _is_cut_short(self, worker: CMLWorkerReadModel, now: datetime) -> bool:
        """Told at each look beyond the deadline: a policy that changes meanwhile is obeyed."""
        if worker.drain_deadline_at is None or now < worker.drain_deadline_at:
            return False
        if worker.drain_overrun is DrainDeadlineAction.FORCE_STOP:
            return True
        told = await self._workers.pass_drain_deadline(worker.id)
        if told.applied:
            worker_metrics.drain_overran()
            log.warning(
                "drain_deadline_passed",
                worker_id=worker.id,
                deadline_at=worker.drain_deadline_at.isoformat(),
                hint="cancel the drain, wait, or set care.drain_deadline to force_stop",
            )
        # what the policy says is on the record now, and is read with the next look
        return False

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
        if await self._is_cut_short(worker, now):
            log.error("drain_cut_short", worker_id=worker.id, seconds=round(drained_for), session_ids=held)
            return await self._reports.stopping(
                worker, f"the deadline of its drain is over, with {len(held)} sessions on it: stopped by policy"
            )
        waiting_for = f"{len(held)} sessions to end"
        return look_result(await self._observer.look(worker), waiting_for)
