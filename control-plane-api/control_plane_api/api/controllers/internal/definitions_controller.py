"""/api/internal/definitions: what a session was booked on, files included, and what became of content packages."""

from __future__ import annotations

from fastapi import APIRouter, Response

from control_plane_api.api.access import Service, ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.lablet_definition.record_consumer_refresh_command import (
    RecordConsumerRefreshCommand,
)
from control_plane_api.application.commands.lablet_definition.report_sync_failed_command import ReportSyncFailedCommand
from control_plane_api.application.commands.lablet_definition.report_synced_content_command import (
    ReportSyncedContentCommand,
)
from control_plane_api.application.commands.lablet_definition.request_content_sync_command import (
    RequestContentSyncCommand,
)
from control_plane_api.application.queries.get_content_package_query import GetContentPackageQuery
from control_plane_api.application.queries.get_lablet_definition_query import GetLabletDefinitionQuery
from control_plane_api.application.queries.list_definitions_with_work_query import ListDefinitionsWithWorkQuery
from control_plane_api.application.queries.list_followed_content_query import ListFollowedContentQuery
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import (
    ConsumerRefreshed,
    ContentPackage,
    FollowedContent,
    RequestSync,
    SyncedContent,
    SyncFailed,
)
from lcm_core.domain.read_models import LabletDefinitionReadModel

router = APIRouter(prefix="/api/internal/definitions", tags=["internal: definitions"])


@router.get("/with-work", summary="Those for which lablet-controller has something to do")
async def with_work(mediator: MediatorOf, _: Service) -> list[LabletDefinitionReadModel]:
    return list(await mediator.query(ListDefinitionsWithWorkQuery()))


@router.get("/followed", summary="The buckets that are watched")
async def followed(mediator: MediatorOf, _: Service) -> list[FollowedContent]:
    return list(await mediator.query(ListFollowedContentQuery()))


@router.get("/{definition_id}", summary="One definition")
async def get_definition(definition_id: str, mediator: MediatorOf, _: Service) -> LabletDefinitionReadModel:
    return await mediator.query(GetLabletDefinitionQuery(definition_id))


@router.get("/content/{content_hash}", summary="The files kept under a hash")
async def get_content(content_hash: str, mediator: MediatorOf, _: Service, response: Response) -> ContentPackage:
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return await mediator.query(GetContentPackageQuery(content_hash))


@router.post("/{definition_id}/sync", summary="Its package has changed: read it")
async def request_sync(definition_id: str, body: RequestSync, mediator: MediatorOf, context: ServiceContext) -> Applied:
    return await mediator.execute(RequestContentSyncCommand(definition_id, body), context)


@router.post("/{definition_id}/synced-content", summary="Its package as it was found")
async def synced_content(
    definition_id: str, body: SyncedContent, mediator: MediatorOf, context: ServiceContext
) -> Applied:
    return await mediator.execute(ReportSyncedContentCommand(definition_id, body), context)


@router.post("/{definition_id}/sync-failed", summary="Why its package could not be read or used")
async def sync_failed(definition_id: str, body: SyncFailed, mediator: MediatorOf, context: ServiceContext) -> Applied:
    return await mediator.execute(ReportSyncFailedCommand(definition_id, body), context)


@router.post("/{definition_id}/consumer-refreshed", summary="What a keeper of a copy answered when it was told")
async def consumer_refreshed(
    definition_id: str, body: ConsumerRefreshed, mediator: MediatorOf, context: ServiceContext
) -> Applied:
    return await mediator.execute(RecordConsumerRefreshCommand(definition_id, body), context)
