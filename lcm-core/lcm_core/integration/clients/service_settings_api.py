"""What a service runs with, told on the internal API."""

from __future__ import annotations

from lcm_core.contracts.base import Applied
from lcm_core.contracts.service_settings import ReportSettings
from lcm_core.integration.clients.transport import InternalApi, JsonTransport


class ServiceSettingsApi(InternalApi):
    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "service-settings")

    async def report(self, body: ReportSettings) -> Applied:
        return await self._post(Applied, body=body)
