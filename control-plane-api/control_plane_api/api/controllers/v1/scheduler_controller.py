"""/api/v1/scheduler: who leads the reconcilers."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Viewer
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.list_leaders_query import ListLeadersQuery, ServiceLeader

router = APIRouter(prefix="/api/v1/scheduler", tags=["system"])


@router.get("/leaders", summary="Which instance leads each service")
async def leaders(mediator: MediatorOf, _: Viewer) -> list[ServiceLeader]:
    return list(await mediator.query(ListLeadersQuery()))
