"""/api/v1/scaling-decisions: why the fleet is as large as it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from control_plane_api.api.access import Viewer
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import ScalingDecisionPage, Window
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.listings import SCALING_DECISIONS
from control_plane_api.application.queries.list_scaling_decisions_query import ListScalingDecisionsQuery
from lcm_core.domain.read_models import ScalingKind

router = APIRouter(prefix="/api/v1", tags=["scaling"])

DecisionList = Annotated[
    ListRequest[ScalingDecisionPage], Depends(list_request(SCALING_DECISIONS, ScalingDecisionPage))
]


@router.get(
    "/scaling-decisions",
    summary="Decisions about the size of the fleet, newest first",
    response_model=ScalingDecisionPage,
    responses=sparse_rows(ScalingDecisionPage),
)
async def list_scaling_decisions(
    mediator: MediatorOf,
    _: Viewer,
    wanted: DecisionList,
    window: Window,
    worker_id: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    region: Annotated[str | None, Query(min_length=1, max_length=40)] = None,
    kind: ScalingKind | None = None,
    taken: Annotated[bool | None, Query(description="Whether something was done.")] = None,
) -> ScalingDecisionPage | Response:
    """One that was not taken is kept once for as long as the answer stays the same: ``count`` times, last at
    ``last_seen_at``."""
    query = ListScalingDecisionsQuery(wanted.page, worker_id, region, kind, taken, window)
    return wanted.answer(await mediator.query(query))
