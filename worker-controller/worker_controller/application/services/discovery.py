"""Compares the account with the records: instances of ours that no live worker stands for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from pydantic import BaseModel, Field

from lcm_core.clock import Clock
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Done, Result
from worker_controller.application.ports import Ec2Port
from worker_controller.application.services import worker_metrics
from worker_controller.domain.ec2 import GONE, Ec2Instance

log = structlog.stdlib.get_logger(__name__)

DISCOVERY_KEY = "fleet"


class StrayKind(StrEnum):
    """``unknown`` is only told to people: another installation may own it. The others are removed."""

    UNKNOWN = "unknown"
    LEFTOVER = "leftover"
    DUPLICATE = "duplicate"


class StrayInstance(BaseModel):
    ec2_instance_id: str
    region: str
    kind: StrayKind
    worker_id: str | None
    state: str
    launched_at: datetime | None


class DiscoveryReport(BaseModel):
    """Last comparison; ``looked_at`` is null before the first."""

    looked_at: datetime | None = None
    instances: int = Field(default=0, description="Instances of this fleet in all regions.")
    workers: int = Field(default=0, description="Workers on record that are not terminated.")
    strays: list[StrayInstance] = []


class DiscoveryReconciler:
    """One key for the whole fleet.

    Instances younger than *young_seconds* are left alone: their launch may be under way. Records whose instance is gone
    need no comparison: each worker's own phase notices.
    """

    def __init__(
        self, workers: WorkersApi, ec2: Ec2Port, *, regions: Sequence[str], clock: Clock, young_seconds: float
    ) -> None:
        self._workers = workers
        self._ec2 = ec2
        self._regions = tuple(regions)
        self._clock = clock
        self._young = timedelta(seconds=young_seconds)
        self.report = DiscoveryReport()

    async def list_keys(self) -> list[str]:
        return [DISCOVERY_KEY]

    async def reconcile(self, key: str) -> Result:
        rows = {worker.id: worker for worker in await self._workers.list()}
        regions = sorted({*self._regions, *(worker.region for worker in rows.values())})
        found = [instance for region in regions for instance in await self._ec2.managed(region)]
        strays = [stray for instance in found if (stray := await self._judge(instance, rows)) is not None]
        for stray in strays:
            await self._deal_with(stray)
        counted = Counter(stray.kind for stray in strays)
        for kind in StrayKind:
            worker_metrics.stray_instances(kind.value, counted[kind])
        self.report = DiscoveryReport(
            looked_at=self._clock.now(), instances=len(found), workers=len(rows), strays=strays
        )
        return Done()

    async def _judge(self, instance: Ec2Instance, rows: dict[str, CMLWorkerReadModel]) -> StrayInstance | None:
        if instance.state in GONE or self._is_young(instance):
            return None
        worker = rows.get(instance.worker_id or "")
        if worker is None or worker.planned:
            # one that was planned when the fleet was read may be wanted by now
            worker = await self._on_record(instance.worker_id)
        kind = _kind(instance, worker)
        if kind is None:
            return None
        return StrayInstance(
            ec2_instance_id=instance.id,
            region=instance.region,
            kind=kind,
            worker_id=instance.worker_id,
            state=instance.state.value,
            launched_at=instance.launched_at,
        )

    async def _on_record(self, worker_id: str | None) -> CMLWorkerReadModel | None:
        if worker_id is None:
            return None
        try:
            return await self._workers.get(worker_id)
        except NotFound:
            return None

    async def _deal_with(self, stray: StrayInstance) -> None:
        log.warning(
            "stray_instance",
            ec2_instance_id=stray.ec2_instance_id,
            region=stray.region,
            kind=stray.kind.value,
            worker_id=stray.worker_id,
        )
        if stray.kind is not StrayKind.UNKNOWN:
            await self._ec2.terminate(stray.region, stray.ec2_instance_id)

    def _is_young(self, instance: Ec2Instance) -> bool:
        return instance.launched_at is not None and self._clock.now() - instance.launched_at < self._young


def _kind(instance: Ec2Instance, worker: CMLWorkerReadModel | None) -> StrayKind | None:
    if worker is None:
        return StrayKind.UNKNOWN
    if worker.status is CMLWorkerStatus.TERMINATED or worker.planned:
        # of a planned worker: launched while it was wanted, by a controller that did not live to report it
        return StrayKind.LEFTOVER
    if worker.ec2_instance_id not in (None, instance.id):
        return StrayKind.DUPLICATE
    return None
