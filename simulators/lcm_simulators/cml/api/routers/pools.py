"""Resource pools: the simulated host has none, and says so in the published shapes."""

from typing import Any

from fastapi import APIRouter

from lcm_simulators.cml.api.context import CurrentUser, TheLab

router = APIRouter(tags=["Resource pools"])


@router.get("/resource_pools")
async def resource_pools(_: CurrentUser, data: bool = False) -> list[Any]:
    return []


@router.get("/resource_pool_usage")
async def resource_pool_usage(_: CurrentUser) -> list[Any]:
    return []


@router.get("/labs/{lab_id}/resource_pools")
async def lab_resource_pools(lab: TheLab) -> list[str]:
    return []
