"""Tells etcd what is wanted of each warm pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from control_plane_api.application.hosted_services.etcd_keys import WarmPoolKeys
from control_plane_api.application.hosted_services.key_publisher import (
    KeyPublisher,
    KeysTold,
    Rebuilt,
    nobody,
)
from control_plane_api.application.rows import Rows
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient
from lcm_core.domain.read_models import WarmPoolReadModel


class LivePools:
    """``LiveRows`` of warm pools: a pool does not end."""

    def __init__(self, pools: Rows[WarmPoolReadModel]) -> None:
        self._pools = pools

    async def live(self) -> Sequence[WarmPoolReadModel]:
        return await self._pools.where()


class WarmPoolPublisher:
    """``warm-pools/{id}/wanted`` below *root*, for lablet-controller."""

    kind = "warm_pool"

    def __init__(self, etcd: EtcdClient, pools: LivePools, *, root: str, clock: Clock) -> None:
        self._publisher = KeyPublisher(etcd, WarmPoolKeys(root), pools, clock)

    async def publish(self, rows: Mapping[str, WarmPoolReadModel | None]) -> None:
        await self._publisher.publish(rows)

    async def repair(self) -> int:
        return await self._publisher.repair()

    async def rebuild(self, told: KeysTold = nobody) -> Rebuilt:
        return await self._publisher.rebuild(told)
