"""The fleet as a whole on the internal API."""

from __future__ import annotations

from lcm_core.contracts.fleet import CareFacts, Recorded, RecordScalingFindings, ReportStrays
from lcm_core.domain.read_models import StrayInstance
from lcm_core.integration.clients.transport import InternalApi, JsonTransport


class FleetApi(InternalApi):
    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "fleet")

    async def care(self) -> CareFacts:
        return await self._get(CareFacts, "care")

    async def record_scaling(self, body: RecordScalingFindings) -> Recorded:
        return await self._post(Recorded, "scaling-findings", body=body)

    async def report_strays(self, body: ReportStrays) -> list[StrayInstance]:
        """What is flagged in these regions from now on, each with the time since when."""
        json = body.model_dump(mode="json")
        answer = await self._transport.request("PUT", self._path("strays"), json=json, idempotent=True)
        return [StrayInstance.model_validate(row) for row in answer]
