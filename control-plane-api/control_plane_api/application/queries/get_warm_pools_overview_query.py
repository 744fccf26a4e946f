"""What the keeper of the warm pools acts on."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.warm_pools import WarmPools
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import WarmPoolsOverview


@dataclass(frozen=True, slots=True)
class GetWarmPoolsOverviewQuery(Query[WarmPoolsOverview]):
    pass


class GetWarmPoolsOverviewQueryHandler:
    def __init__(self, pools: WarmPools) -> None:
        self._pools = pools

    async def handle(self, query: GetWarmPoolsOverviewQuery) -> WarmPoolsOverview:
        del query
        return await self._pools.overview()
