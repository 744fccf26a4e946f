"""Tells etcd what is wanted of each reconciling service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from control_plane_api.application.hosted_services.etcd_keys import Entries
from control_plane_api.application.hosted_services.key_publisher import KeyPublisher, KeysTold, Rebuilt, nobody
from control_plane_api.application.rows import Rows
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient
from lcm_core.domain.read_models.operations import ReconcilerReadModel
from lcm_core.domain.steering import Orders, ReconcilerName


class ReconcilerKeys:
    """``reconcilers/{service}/wanted``: what ``lcm_core.reconcile.steering`` follows."""

    def __init__(self, root: str) -> None:
        self.prefix = f"{root}/reconcilers/"

    def names(self, id: str) -> tuple[str, ...]:
        return (f"{self.prefix}{id}/wanted",)

    def entries(self, row: ReconcilerReadModel, now: object) -> Entries:
        del now
        orders = Orders(
            paused=row.pause is not None, triggers=row.triggers, resign_epoch=row.resign_epoch, version=row.version
        )
        return {self.names(row.id)[0]: orders.model_dump(mode="json")}


class KnownReconcilers:
    """``LiveRows``: of the services that were ever told something."""

    def __init__(self, reconcilers: Rows[ReconcilerReadModel]) -> None:
        self._reconcilers = reconcilers

    async def live(self) -> Sequence[ReconcilerReadModel]:
        return await self._reconcilers.by_ids([name.value for name in ReconcilerName])


class ReconcilerPublisher:
    kind = "reconciler"

    def __init__(self, etcd: EtcdClient, reconcilers: KnownReconcilers, *, root: str, clock: Clock) -> None:
        self._publisher = KeyPublisher(etcd, ReconcilerKeys(root), reconcilers, clock)

    async def publish(self, rows: Mapping[str, ReconcilerReadModel | None]) -> None:
        await self._publisher.publish(rows)

    async def repair(self) -> int:
        return await self._publisher.repair()

    async def rebuild(self, told: KeysTold = nobody) -> Rebuilt:
        return await self._publisher.rebuild(told)
