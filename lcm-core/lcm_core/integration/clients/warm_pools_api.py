"""Warm pools on the internal API."""

from __future__ import annotations

from lcm_core.contracts.base import Applied
from lcm_core.contracts.warm_pools import (
    DiscardPreparedLabs,
    LabPrepared,
    PreparationFailed,
    PreparedLabRemoved,
    PrepareLab,
    PrepareLabAnswer,
)
from lcm_core.domain.read_models import WarmPoolsOverview
from lcm_core.integration.clients.transport import InternalApi, JsonTransport


class WarmPoolsApi(InternalApi):
    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "warm-pools")

    async def overview(self) -> WarmPoolsOverview:
        """All that the keeper of the pools acts on, but the workers."""
        return await self._get(WarmPoolsOverview)

    async def prepare(self, body: PrepareLab) -> PrepareLabAnswer:
        """Raises CapacityRefused when the worker has no spare room, RuleViolation for a pool that is not filled."""
        return await self._post(PrepareLabAnswer, "prepare", body=body)

    async def prepared(self, body: LabPrepared) -> Applied:
        """Raises RuleViolation when the lab was given up meanwhile."""
        return await self._post(Applied, "prepared", body=body)

    async def failed(self, body: PreparationFailed) -> Applied:
        return await self._post(Applied, "failed", body=body)

    async def discard(self, body: DiscardPreparedLabs) -> Applied:
        return await self._post(Applied, "discard", body=body)

    async def removed(self, body: PreparedLabRemoved) -> Applied:
        return await self._post(Applied, "removed", body=body)
