"""Asks AWS about all serving instances of a region at one time: figures, status checks, planned events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Done, RequeueAfter, Result
from worker_controller.application.ports import CloudMetricsPort, InstanceStatusPort
from worker_controller.application.services import worker_metrics
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.domain.cloud import is_burstable
from worker_controller.domain.observing import Attention, ObservingPolicy, attention_for

log = structlog.stdlib.get_logger(__name__)

_SERVING = (CMLWorkerStatus.RUNNING, CMLWorkerStatus.DRAINING)


class CloudSweepReconciler:
    """One key for each region that has serving workers; swept as often as its worker most worth attention deserves.

    However many workers there are and however often a key is woken, no region is swept more often than that.
    """

    def __init__(
        self,
        workers: WorkersApi,
        metrics: CloudMetricsPort,
        statuses: InstanceStatusPort,
        book: CloudBook,
        *,
        clock: Clock,
        policy: ObservingPolicy,
    ) -> None:
        self._workers = workers
        self._metrics = metrics
        self._statuses = statuses
        self._book = book
        self._clock = clock
        self._policy = policy
        self._swept_at: dict[str, float] = {}

    async def list_keys(self) -> list[str]:
        serving = await self._serving()
        self._book.keep(worker.ec2_instance_id for worker in serving if worker.ec2_instance_id)
        return sorted({worker.region for worker in serving})

    async def reconcile(self, key: str) -> Result:
        rest = self._swept_at.get(key, float("-inf")) + self._policy.cloud.close - self._clock.monotonic()
        if rest > 0:
            return RequeueAfter(rest, "the next sweep")
        there = [worker for worker in await self._serving() if worker.region == key]
        if not there:
            return Done()
        pause = self._policy.cloud.under(self._attention(there))
        rest = self._swept_at.get(key, float("-inf")) + pause - self._clock.monotonic()
        if rest > 0:
            return RequeueAfter(min(rest, self._policy.cloud.close), "the next sweep")
        self._swept_at[key] = self._clock.monotonic()
        await self._sweep(key, there)
        return RequeueAfter(self._policy.cloud.close, "the next sweep")

    async def _sweep(self, region: str, there: Sequence[CMLWorkerReadModel]) -> None:
        """One source that fails keeps nobody from knowing what the other says."""
        ids = [worker.ec2_instance_id for worker in there if worker.ec2_instance_id]
        burstable = [
            worker.ec2_instance_id for worker in there if worker.ec2_instance_id and is_burstable(worker.instance_type)
        ]
        figures, statuses = await asyncio.gather(
            self._metrics.figures(region, ids, burstable), self._statuses.statuses(region, ids), return_exceptions=True
        )
        if isinstance(figures, BaseException):
            _tell("cloudwatch", region, figures)
        else:
            self._book.note_figures(figures)
        if isinstance(statuses, BaseException):
            _tell("ec2-status", region, statuses)
        else:
            self._book.note_statuses(statuses)

    async def _serving(self) -> list[CMLWorkerReadModel]:
        return await self._workers.list(_SERVING)

    def _attention(self, there: Sequence[CMLWorkerReadModel]) -> Attention:
        now = self._clock.now()
        found = {attention_for(worker, now, self._policy.edge_seconds) for worker in there}
        return next(each for each in Attention if each in found)


def _tell(source: str, region: str, error: BaseException) -> None:
    if not isinstance(error, LcmError):
        raise error
    worker_metrics.cloud_sweep_failed(source)
    log.warning("cloud_sweep_failed", source=source, region=region, reason=str(error))
