"""/api/internal/time: the clock by which slots begin and end."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Service
from lcm_core.clock import SystemClock
from lcm_core.contracts.clock import ServerTime

router = APIRouter(prefix="/api/internal/time", tags=["internal: time"])
_clock = SystemClock()


@router.get("", summary="The server's time")
async def server_time(_: Service) -> ServerTime:
    return ServerTime(now=_clock.now())
