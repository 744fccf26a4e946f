"""/api/v1/scheduler: who leads the reconcilers, and where a booking would land."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Booker, Viewer, owner_scope
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.queries.dry_run_query import DryRunQuery
from control_plane_api.application.queries.list_leaders_query import ListLeadersQuery, ServiceLeader
from lcm_core.contracts.dry_run import DryRun, DryRunAnswer

router = APIRouter(prefix="/api/v1/scheduler", tags=["system"])


@router.get("/leaders", summary="Which instance leads each service")
async def list_leaders(mediator: MediatorOf, _: Viewer) -> list[ServiceLeader]:
    return list(await mediator.query(ListLeadersQuery()))


@router.post("/dry-run", summary="Where a booking would land if it were made now; nothing is held")
async def dry_run_booking(request: DryRun, mediator: MediatorOf, principal: Booker, change: Change) -> DryRunAnswer:
    """The verdict on each worker is for those who may look at workers."""

    async def try_out() -> DryRunAnswer:
        return await mediator.query(DryRunQuery(request))

    answer = await change.find_out(try_out)
    return answer if owner_scope(principal) is None else answer.model_copy(update={"candidates": ()})
