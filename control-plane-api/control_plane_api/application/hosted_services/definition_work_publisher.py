"""Tells etcd which definitions have work for lablet-controller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from control_plane_api.application.hosted_services.etcd_keys import Entries
from control_plane_api.application.hosted_services.key_publisher import (
    KeyPublisher,
    KeysTold,
    Rebuilt,
    nobody,
)
from control_plane_api.application.rows import Rows
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient
from lcm_core.domain.read_models import LabletDefinitionReadModel
from lcm_core.domain.read_models.content_sync import OutsideWork


class DefinitionKeys:
    """``definitions/{id}/content_sync``, there as long as something is to be done."""

    def __init__(self, root: str) -> None:
        self.prefix = f"{root}/definitions/"

    def names(self, id: str) -> tuple[str, ...]:
        return (f"{self.prefix}{id}/content_sync",)

    def entries(self, row: LabletDefinitionReadModel, now: object) -> Entries:
        del now
        if not row.outside_work:
            return {}
        (key,) = self.names(row.id)
        requested_at = row.sync.requested_at
        return {
            key: {
                "work": [work.value for work in row.outside_work],
                "requested_at": requested_at.isoformat() if requested_at is not None else None,
                "version": row.version,
            }
        }


class DefinitionsWithWork:
    """``LiveRows``: definitions that have nothing to be done have no key."""

    def __init__(self, definitions: Rows[LabletDefinitionReadModel]) -> None:
        self._definitions = definitions

    async def live(self) -> Sequence[LabletDefinitionReadModel]:
        return await self._definitions.in_any("outside_work", [work.value for work in OutsideWork])


class DefinitionWorkPublisher:
    """``definitions/{id}/content_sync`` below *root*, for lablet-controller."""

    kind = "lablet_definition"

    def __init__(self, etcd: EtcdClient, definitions: DefinitionsWithWork, *, root: str, clock: Clock) -> None:
        self._publisher = KeyPublisher(etcd, DefinitionKeys(root), definitions, clock)

    async def publish(self, rows: Mapping[str, LabletDefinitionReadModel | None]) -> None:
        await self._publisher.publish(rows)

    async def repair(self) -> int:
        return await self._publisher.repair()

    async def rebuild(self, told: KeysTold = nobody) -> Rebuilt:
        return await self._publisher.rebuild(told)
