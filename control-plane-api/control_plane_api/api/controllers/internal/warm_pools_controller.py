"""/api/internal/warm-pools: what the keeper of the warm pools reads and reports."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Service, ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.warm_pool.discard_prepared_labs_command import DiscardPreparedLabsCommand
from control_plane_api.application.commands.warm_pool.lab_prepared_command import LabPreparedCommand
from control_plane_api.application.commands.warm_pool.preparation_failed_command import PreparationFailedCommand
from control_plane_api.application.commands.warm_pool.prepare_lab_command import PrepareLabCommand
from control_plane_api.application.commands.warm_pool.prepared_lab_removed_command import PreparedLabRemovedCommand
from control_plane_api.application.queries.get_warm_pools_overview_query import GetWarmPoolsOverviewQuery
from lcm_core.contracts.base import Applied
from lcm_core.contracts.warm_pools import (
    DiscardPreparedLabs,
    LabPrepared,
    PreparationFailed,
    PreparedLabRemoved,
    PrepareLab,
    PrepareLabAnswer,
)
from lcm_core.domain.read_models import WarmPoolsOverview

router = APIRouter(prefix="/api/internal/warm-pools", tags=["internal: warm pools"])


@router.get("", summary="What is to be in the pools, and whether people are served first")
async def overview(mediator: MediatorOf, _: Service) -> WarmPoolsOverview:
    return await mediator.query(GetWarmPoolsOverviewQuery())


@router.post("/prepare", summary="Hold room and ports for a prepared lab")
async def prepare(body: PrepareLab, mediator: MediatorOf, ctx: ServiceContext) -> PrepareLabAnswer:
    return await mediator.execute(PrepareLabCommand(body), ctx)


@router.post("/prepared", summary="A prepared lab is imported and stopped")
async def prepared(body: LabPrepared, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(LabPreparedCommand(body), ctx)


@router.post("/failed", summary="A lab could not be prepared")
async def failed(body: PreparationFailed, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(PreparationFailedCommand(body), ctx)


@router.post("/discard", summary="Give idle labs up")
async def discard(body: DiscardPreparedLabs, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(DiscardPreparedLabsCommand(body), ctx)


@router.post("/removed", summary="A prepared lab is proven gone from its host")
async def removed(body: PreparedLabRemoved, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(PreparedLabRemovedCommand(body), ctx)
