"""/api/v1/system: how everything is."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Operator, Viewer
from control_plane_api.api.pages import DeadLetterPage, PageOf, next_cursor
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.get_system_status_query import GetSystemStatusQuery, SystemStatus
from control_plane_api.application.queries.list_dead_letters_query import ListDeadLettersQuery

router = APIRouter(prefix="/api/v1/system", tags=["system"])


@router.get("", summary="Version and health of every service")
async def system_status(mediator: MediatorOf, _: Viewer) -> SystemStatus:
    return await mediator.query(GetSystemStatusQuery())


@router.get("/dead-letters", summary="Inbound events that could not be applied, newest first")
async def list_dead_letters(mediator: MediatorOf, _: Operator, page: PageOf) -> DeadLetterPage:
    found = await mediator.query(ListDeadLettersQuery(page))
    return DeadLetterPage(items=list(found.rows), next_cursor=next_cursor(found))
