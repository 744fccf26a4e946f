"""/api/v1/system: how everything is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from control_plane_api.api.access import Operator, Viewer
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import DeadLetterPage
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.listings import INBOUND_EVENTS
from control_plane_api.application.queries.get_system_status_query import GetSystemStatusQuery, SystemStatus
from control_plane_api.application.queries.list_dead_letters_query import ListDeadLettersQuery
from control_plane_api.application.queries.list_service_settings_query import ListServiceSettingsQuery
from lcm_core.contracts.service_settings import ServiceSettingsReport

router = APIRouter(prefix="/api/v1/system", tags=["system"])

DeadLetterList = Annotated[ListRequest[DeadLetterPage], Depends(list_request(INBOUND_EVENTS, DeadLetterPage))]


@router.get("", summary="Version and health of every service")
async def get_system_status(mediator: MediatorOf, _: Viewer) -> SystemStatus:
    return await mediator.query(GetSystemStatusQuery())


@router.get("/service-settings", summary="What every service runs with, without secrets")
async def list_service_settings(mediator: MediatorOf, _: Operator) -> list[ServiceSettingsReport]:
    """Of each instance that told so within the last hour. They come from its environment and cannot be changed here."""
    return list(await mediator.query(ListServiceSettingsQuery()))


@router.get(
    "/dead-letters",
    summary="Inbound events that could not be applied, newest first",
    response_model=DeadLetterPage,
    responses=sparse_rows(DeadLetterPage),
)
async def list_dead_letters(mediator: MediatorOf, _: Operator, wanted: DeadLetterList) -> DeadLetterPage | Response:
    return wanted.answer(await mediator.query(ListDeadLettersQuery(wanted.page)))
