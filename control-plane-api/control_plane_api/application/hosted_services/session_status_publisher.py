"""Tells etcd where each session stands and which ports it has."""

from __future__ import annotations

from collections.abc import Mapping

from control_plane_api.application.hosted_services.etcd_keys import SessionKeys
from control_plane_api.application.hosted_services.key_publisher import (
    KeyPublisher,
    KeysTold,
    LiveRows,
    Rebuilt,
    nobody,
)
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient
from lcm_core.domain.read_models import LabletSessionReadModel


class SessionStatusPublisher:
    """``sessions/{id}/status`` and ``/ports`` below *root*, for the scheduler and lablet-controller."""

    kind = "lablet_session"

    def __init__(
        self, etcd: EtcdClient, sessions: LiveRows[LabletSessionReadModel], *, root: str, clock: Clock
    ) -> None:
        self._publisher = KeyPublisher(etcd, SessionKeys(root), sessions, clock)

    async def publish(self, rows: Mapping[str, LabletSessionReadModel | None]) -> None:
        await self._publisher.publish(rows)

    async def repair(self) -> int:
        return await self._publisher.repair()

    async def rebuild(self, told: KeysTold = nobody) -> Rebuilt:
        return await self._publisher.rebuild(told)
