"""What the controller found out about the fleet as a whole: strays, and why workers are kept."""

# No postponed annotations here: FastAPI resolves them where the function is defined, inside the factory.

from collections.abc import Callable

from fastapi import APIRouter, Depends

from lcm_core.auth import Role, require
from worker_controller.application.services.discovery import DiscoveryReport
from worker_controller.application.services.scale_down import ScaleDownReport


def fleet_router(discovery: Callable[[], DiscoveryReport], scale_down: Callable[[], ScaleDownReport]) -> APIRouter:
    """``/api/fleet``: for operators; each answer is what this instance found while it led, empty if it never did."""
    router = APIRouter(prefix="/api/fleet", tags=["fleet"], dependencies=[Depends(require(Role.OPERATOR))])

    @router.get("/discovery", summary="Instances of ours that no live worker stands for")
    async def last_discovery() -> DiscoveryReport:
        return discovery()

    @router.get("/scale-down", summary="Each running worker, and the guard that keeps it")
    async def last_scale_down() -> ScaleDownReport:
        return scale_down()

    _ = (last_discovery, last_scale_down)
    return router
