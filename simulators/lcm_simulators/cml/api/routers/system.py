"""What the host says about itself."""

from typing import Any

from fastapi import APIRouter

from lcm_simulators.cml.api.context import Ctx, CurrentUser
from lcm_simulators.cml.api.schemas.system import SystemHealth, SystemInformation, SystemStats
from lcm_simulators.cml.api.views import system_views

router = APIRouter(tags=["System"])


@router.get("/system_information", response_model=SystemInformation)
async def system_information(ctx: Ctx) -> dict[str, Any]:
    return system_views.information(ctx.host)


@router.get("/system_health", response_model=SystemHealth)
async def system_health(ctx: Ctx, _: CurrentUser) -> dict[str, Any]:
    return system_views.health(ctx.host)


@router.get("/system_stats", response_model=SystemStats)
async def system_stats(ctx: Ctx, _: CurrentUser) -> dict[str, Any]:
    return system_views.stats(ctx.host)
