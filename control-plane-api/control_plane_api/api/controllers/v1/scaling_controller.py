"""/api/v1/scaling-decisions and /api/v1/stray-instances: why the fleet is as large as it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from control_plane_api.api.access import Viewer
from control_plane_api.api.pages import PageOf, ScalingDecisionPage, Window, next_cursor
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.list_scaling_decisions_query import ListScalingDecisionsQuery
from control_plane_api.application.queries.list_strays_query import ListStraysQuery
from lcm_core.domain.read_models import ScalingKind, StrayInstance

router = APIRouter(prefix="/api/v1", tags=["scaling"])


@router.get("/scaling-decisions", summary="Decisions about the size of the fleet, newest first")
async def list_scaling_decisions(
    mediator: MediatorOf,
    _: Viewer,
    page: PageOf,
    window: Window,
    worker_id: Annotated[str | None, Query(max_length=200)] = None,
    region: Annotated[str | None, Query(max_length=40)] = None,
    kind: ScalingKind | None = None,
    taken: Annotated[bool | None, Query(description="Whether something was done.")] = None,
) -> ScalingDecisionPage:
    """One that was not taken is kept once for as long as the answer stays the same: ``count`` times, last at
    ``last_seen_at``."""
    query = ListScalingDecisionsQuery(page, worker_id, region, kind, taken, window)
    found = await mediator.query(query)
    return ScalingDecisionPage(items=list(found.rows), next_cursor=next_cursor(found))


@router.get("/stray-instances", summary="Instances of this fleet that no worker stands for, longest flagged first")
async def list_strays(mediator: MediatorOf, _: Viewer) -> list[StrayInstance]:
    """Each says what can be done about it; it is gone from the list as soon as that is done."""
    return list(await mediator.query(ListStraysQuery()))
