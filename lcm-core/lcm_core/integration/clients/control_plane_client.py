"""The reconcilers' only way to change the world's record: the internal REST API of control-plane-api."""

from __future__ import annotations

from lcm_core.contracts.base import Applied
from lcm_core.contracts.clock import ServerTime
from lcm_core.contracts.definitions import (
    ConsumerRefreshed,
    ContentPackage,
    FollowedContent,
    RequestSync,
    SyncedContent,
    SyncFailed,
)
from lcm_core.contracts.inbound_events import InboundEventRecord, KeepInboundEvents, SettleInboundEvents
from lcm_core.domain.read_models import LabletDefinitionReadModel, WorkerTemplateReadModel
from lcm_core.integration.clients.fleet_api import FleetApi
from lcm_core.integration.clients.service_settings_api import ServiceSettingsApi
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.integration.clients.transport import InternalApi, JsonTransport
from lcm_core.integration.clients.warm_pools_api import WarmPoolsApi
from lcm_core.integration.clients.workers_api import WorkersApi


class DefinitionsApi(InternalApi):
    """Definitions and their content."""

    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "definitions")

    async def get(self, definition_id: str) -> LabletDefinitionReadModel:
        return await self._get(LabletDefinitionReadModel, definition_id)

    async def content(self, content_hash: str) -> ContentPackage:
        """The package kept under *content_hash*; immutable, so that a caller may cache it for ever."""
        return await self._get(ContentPackage, "content", content_hash)

    async def with_work(self) -> list[LabletDefinitionReadModel]:
        """Those whose content is to be looked at, or whose consumers are to be told of it."""
        return await self._list(LabletDefinitionReadModel, "with-work")

    async def followed(self) -> list[FollowedContent]:
        """The newest versions whose content came from a bucket."""
        return await self._list(FollowedContent, "followed")

    async def request_sync(self, definition_id: str, body: RequestSync) -> Applied:
        return await self._post(Applied, definition_id, "sync", body=body)

    async def content_synced(self, definition_id: str, body: SyncedContent) -> Applied:
        """Raises InvalidInput with every problem of the package; nothing is changed then."""
        return await self._post(Applied, definition_id, "synced-content", body=body)

    async def sync_failed(self, definition_id: str, body: SyncFailed) -> Applied:
        return await self._post(Applied, definition_id, "sync-failed", body=body)

    async def consumer_refreshed(self, definition_id: str, body: ConsumerRefreshed) -> Applied:
        return await self._post(Applied, definition_id, "consumer-refreshed", body=body)


class TemplatesApi(InternalApi):
    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "worker-templates")

    async def list(self) -> list[WorkerTemplateReadModel]:
        return await self._list(WorkerTemplateReadModel)

    async def get(self, name: str, version: int = 0) -> WorkerTemplateReadModel:
        """The template *name* as it was at *version*, or as it is now for 0. Raises NotFound."""
        answer = await self._transport.request(
            "GET", self._path(name), params={"version": str(version)}, idempotent=True
        )
        return WorkerTemplateReadModel.model_validate(answer)


class InboundEventsApi(InternalApi):
    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "inbound-events")

    async def keep(self, body: KeepInboundEvents) -> list[InboundEventRecord]:
        """Each event as it is on record now, in the order given: new ones RECEIVED, known ones as they were."""
        json = body.model_dump(mode="json")
        answer = await self._transport.request("POST", self._path("kept"), json=json, idempotent=True)
        return [InboundEventRecord.model_validate(row) for row in answer]

    async def settle(self, body: SettleInboundEvents) -> Applied:
        return await self._post(Applied, "settled", body=body)

    async def due(self) -> list[InboundEventRecord]:
        """Open ones that are to be tried now, those that wait longest first; not more than some."""
        return await self._list(InboundEventRecord, "due")

    async def parked(self, session_id: str) -> list[InboundEventRecord]:
        """Those that wait for the session, in the order in which they came."""
        return await self._list(InboundEventRecord, "parked", session_id)

    async def get(self, id: str) -> InboundEventRecord:
        return await self._get(InboundEventRecord, "by-id", id)


class TimeApi(InternalApi):
    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "time")

    async def read(self) -> ServerTime:
        return await self._get(ServerTime)


class ControlPlaneApiClient:
    """Groups of calls: ``sessions``, ``workers``, ``definitions``, ``templates``, ``fleet``, ``inbound_events``,
    ``time``, ``warm_pools``, ``service_settings``."""

    def __init__(self, transport: JsonTransport) -> None:
        self.sessions = SessionsApi(transport)
        self.workers = WorkersApi(transport)
        self.definitions = DefinitionsApi(transport)
        self.templates = TemplatesApi(transport)
        self.fleet = FleetApi(transport)
        self.inbound_events = InboundEventsApi(transport)
        self.time = TimeApi(transport)
        self.warm_pools = WarmPoolsApi(transport)
        self.service_settings = ServiceSettingsApi(transport)
