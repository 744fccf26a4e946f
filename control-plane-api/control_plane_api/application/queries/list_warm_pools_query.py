"""Every warm pool, by the name of its definition."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.warm_pools import WarmPools
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import WarmPoolReport


@dataclass(frozen=True, slots=True)
class ListWarmPoolsQuery(Query[list[WarmPoolReport]]):
    definition_name: str | None = None


class ListWarmPoolsQueryHandler:
    def __init__(self, pools: WarmPools) -> None:
        self._pools = pools

    async def handle(self, query: ListWarmPoolsQuery) -> list[WarmPoolReport]:
        return await self._pools.reports(query.definition_name)
