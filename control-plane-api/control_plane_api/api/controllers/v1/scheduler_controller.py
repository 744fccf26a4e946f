"""/api/v1/scheduler: who waits and why, what was decided, what lies ahead, and where a booking would land."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from control_plane_api.api.access import Booker, Viewer, owner_scope
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import PlacementDecisionPage, Window
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.listings import PLACEMENT_DECISIONS
from control_plane_api.application.queries.dry_run_query import DryRunQuery
from control_plane_api.application.queries.get_landscape_query import GetLandscapeQuery
from control_plane_api.application.queries.get_placement_decision_query import (
    ExplainedDecision,
    GetPlacementDecisionQuery,
)
from control_plane_api.application.queries.get_scheduling_policy_query import (
    GetSchedulingPolicyQuery,
    SchedulingPolicy,
)
from control_plane_api.application.queries.get_scheduling_queue_query import GetSchedulingQueueQuery, SchedulingQueue
from control_plane_api.application.queries.list_leaders_query import ListLeadersQuery, ServiceLeader
from control_plane_api.application.queries.page_placement_decisions_query import PagePlacementDecisionsQuery
from lcm_core.contracts.dry_run import DryRun, DryRunAnswer
from lcm_core.domain.read_models import PlacementDecision
from lcm_core.domain.read_models.placement import PlacementOutcome
from lcm_core.placement.landscape import Landscape

router = APIRouter(prefix="/api/v1/scheduler", tags=["scheduler"])

Filter = Annotated[str | None, Query(min_length=1, max_length=200)]
DecisionList = Annotated[
    ListRequest[PlacementDecisionPage],
    Depends(list_request(PLACEMENT_DECISIONS, PlacementDecisionPage, PlacementDecision)),
]


@router.get("/queue", summary="Sessions that are not placed yet, in the order in which room is given")
async def get_scheduling_queue(
    mediator: MediatorOf,
    _: Viewer,
    limit: Annotated[int, Query(ge=1, le=1000, description="So many at most.")] = 200,
) -> SchedulingQueue:
    return await mediator.query(GetSchedulingQueueQuery(limit))


@router.get(
    "/decisions",
    summary="Placement decisions over all sessions, newest first",
    response_model=PlacementDecisionPage,
    responses=sparse_rows(PlacementDecisionPage, PlacementDecision),
)
async def list_scheduler_decisions(
    mediator: MediatorOf,
    _: Viewer,
    wanted: DecisionList,
    window: Window,
    session_id: Filter = None,
    worker_id: Filter = None,
    outcome: PlacementOutcome | None = None,
) -> PlacementDecisionPage | Response:
    """Without the verdict on every worker (`candidates`) and what each was made from (`inputs`), which grow with the
    fleet: they come with the single decision, and with `fields`."""
    query = PagePlacementDecisionsQuery(wanted.page, session_id, worker_id, outcome, window, wanted.fields)
    return wanted.answer(await mediator.query(query))


@router.get("/decisions/{decision_id}", summary="One decision: what each score is made of, and the same asked again")
async def get_scheduler_decision(decision_id: str, mediator: MediatorOf, _: Viewer) -> ExplainedDecision:
    """`again` is the decision made once more from what it was made from, by the engine of today."""
    return await mediator.query(GetPlacementDecisionQuery(decision_id))


@router.get("/policy", summary="The rules by which sessions are placed")
async def get_scheduling_policy(mediator: MediatorOf, _: Viewer) -> SchedulingPolicy:
    """As the leading scheduler tells them; limits and guards of the fleet are in /api/v1/system/settings."""
    return await mediator.query(GetSchedulingPolicyQuery())


@router.get("/landscape", summary="Bookings against capacity, hour by hour")
async def get_landscape(
    mediator: MediatorOf,
    _: Viewer,
    hours: Annotated[int, Query(ge=1, le=336, description="From the running hour on.")] = 24,
) -> Landscape:
    return await mediator.query(GetLandscapeQuery(hours))


@router.get("/leaders", summary="Which instance leads each service")
async def list_leaders(mediator: MediatorOf, _: Viewer) -> list[ServiceLeader]:
    return list(await mediator.query(ListLeadersQuery()))


@router.post("/dry-run", summary="Where a booking would land if it were made now; nothing is held")
async def dry_run_booking(request: DryRun, mediator: MediatorOf, principal: Booker, change: Change) -> DryRunAnswer:
    """The verdict on each worker is for those who may look at workers."""

    async def try_out() -> DryRunAnswer:
        return await mediator.query(DryRunQuery(request, owner_scope(principal)))

    answer = await change.find_out(try_out)
    return answer if owner_scope(principal) is None else answer.model_copy(update={"candidates": ()})
