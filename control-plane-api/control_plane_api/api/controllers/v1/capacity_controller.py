"""/api/v1/capacity: what the fleet can hold and what is left of it."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Viewer
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.get_fleet_capacity_query import FleetCapacity, GetFleetCapacityQuery

router = APIRouter(prefix="/api/v1/capacity", tags=["capacity"])


@router.get("", summary="Fleet capacity now")
async def get_fleet_capacity(mediator: MediatorOf, _: Viewer) -> FleetCapacity:
    return await mediator.query(GetFleetCapacityQuery())
