"""Which instance leads each service, as etcd says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, Field

from lcm_core.application.mediator import Query


class ServiceLeader(BaseModel):
    """``instance`` is null while nobody leads."""

    service: str
    instance: str | None = None
    since: AwareDatetime | None = None
    epoch: int | None = Field(default=None, description="Goes with every write of this leader.")


class Leaders(Protocol):
    async def leaders(self) -> Sequence[ServiceLeader]:
        """Raises ``EtcdUnavailable``."""
        ...


@dataclass(frozen=True, slots=True)
class ListLeadersQuery(Query[Sequence[ServiceLeader]]):
    pass


class ListLeadersQueryHandler:
    def __init__(self, leaders: Leaders) -> None:
        self._leaders = leaders

    async def handle(self, query: ListLeadersQuery) -> Sequence[ServiceLeader]:
        del query
        return await self._leaders.leaders()
