"""One warm pool: what is wanted, what there is, what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.warm_pools import WarmPools
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import WarmPoolReport


@dataclass(frozen=True, slots=True)
class GetWarmPoolQuery(Query[WarmPoolReport]):
    pool_id: str


class GetWarmPoolQueryHandler:
    def __init__(self, pools: WarmPools) -> None:
        self._pools = pools

    async def handle(self, query: GetWarmPoolQuery) -> WarmPoolReport:
        """Raises NotFound."""
        return await self._pools.report(query.pool_id)
