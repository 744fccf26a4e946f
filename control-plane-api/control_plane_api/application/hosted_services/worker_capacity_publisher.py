"""Tells etcd what each worker can hold, what is wanted of it and how it is."""

from __future__ import annotations

from collections.abc import Mapping

from control_plane_api.application.hosted_services.etcd_keys import WorkerKeys
from control_plane_api.application.hosted_services.key_publisher import (
    KeyPublisher,
    KeysTold,
    LiveRows,
    Rebuilt,
    nobody,
)
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient
from lcm_core.domain.read_models import CMLWorkerReadModel


class WorkerCapacityPublisher:
    """``workers/{id}/capacity``, ``/desired`` and ``/actual`` below *root*, for the scheduler and worker-controller."""

    kind = "cml_worker"

    def __init__(self, etcd: EtcdClient, workers: LiveRows[CMLWorkerReadModel], *, root: str, clock: Clock) -> None:
        self._publisher = KeyPublisher(etcd, WorkerKeys(root), workers, clock)

    async def publish(self, rows: Mapping[str, CMLWorkerReadModel | None]) -> None:
        await self._publisher.publish(rows)

    async def repair(self) -> int:
        return await self._publisher.repair()

    async def rebuild(self, told: KeysTold = nobody) -> Rebuilt:
        return await self._publisher.rebuild(told)
