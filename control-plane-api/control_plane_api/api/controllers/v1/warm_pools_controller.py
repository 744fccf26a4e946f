"""/api/v1/warm-pools: labs that are kept prepared, by definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from control_plane_api.api.access import Operator, Viewer, context_for
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.warm_pool.change_warm_pool_command import ChangeWarmPoolCommand
from control_plane_api.application.commands.warm_pool.change_warm_pool_status_command import (
    ChangeWarmPoolStatusCommand,
)
from control_plane_api.application.commands.warm_pool.create_warm_pool_command import CreateWarmPoolCommand
from control_plane_api.application.queries.get_warm_pool_query import GetWarmPoolQuery
from control_plane_api.application.queries.list_warm_pools_query import ListWarmPoolsQuery
from lcm_core.auth import Principal
from lcm_core.contracts.warm_pools import ChangeWarmPool, CreateWarmPool, WarmPoolReason
from lcm_core.domain.read_models import WarmPoolReport
from lcm_core.domain.warm_pool import WarmPoolStatus

router = APIRouter(prefix="/api/v1/warm-pools", tags=["warm pools"])


@router.get("", summary="Every pool: what is wanted, what there is, what came of it")
async def list_pools(
    mediator: MediatorOf,
    _: Viewer,
    definition_name: Annotated[
        str | None, Query(min_length=1, max_length=100, description="Only the pool of this definition.")
    ] = None,
) -> list[WarmPoolReport]:
    return await mediator.query(ListWarmPoolsQuery(definition_name))


@router.get("/{pool_id}", summary="One pool with its labs, failures and measures")
async def get_pool(pool_id: str, mediator: MediatorOf, _: Viewer, response: Response) -> WarmPoolReport:
    return _tagged(await mediator.query(GetWarmPoolQuery(pool_id)), response)


@router.post("", summary="Keep labs of a definition prepared", status_code=201)
async def create_pool(
    body: CreateWarmPool, mediator: MediatorOf, principal: Operator, change: Change, response: Response
) -> WarmPoolReport:
    """A definition has one pool for all its versions; one that exists takes over the policy."""

    async def create() -> WarmPoolReport:
        pool = await mediator.execute(CreateWarmPoolCommand(body), context_for(principal, body.reason))
        return await mediator.query(GetWarmPoolQuery(pool.id))

    async def again(created: Mapping[str, str]) -> WarmPoolReport:
        if "warm_pool" in created:
            return await mediator.query(GetWarmPoolQuery(created["warm_pool"]))
        return await create()

    report = _tagged(await change.do(create, again), response)
    response.headers["Location"] = f"{router.prefix}/{report.pool.id}"
    return report


@router.put("/{pool_id}", summary="Change the policy of a pool")
async def change_pool(
    pool_id: str, body: ChangeWarmPool, mediator: MediatorOf, principal: Operator, change: Change, response: Response
) -> WarmPoolReport:
    async def update() -> WarmPoolReport:
        await mediator.execute(ChangeWarmPoolCommand(pool_id, body), context_for(principal, body.reason))
        return await mediator.query(GetWarmPoolQuery(pool_id))

    async def again(_: Mapping[str, str]) -> WarmPoolReport:
        return await mediator.query(GetWarmPoolQuery(pool_id))

    return _tagged(await change.do(update, again, kind="warm_pool", id=pool_id), response)


@router.post("/{pool_id}/pause", summary="Prepare nothing more; what is there is used up")
async def pause_pool(
    pool_id: str, body: WarmPoolReason, mediator: MediatorOf, principal: Operator, change: Change, response: Response
) -> WarmPoolReport:
    return _tagged(await _enter(WarmPoolStatus.PAUSED, pool_id, body, mediator, principal, change), response)


@router.post("/{pool_id}/drain", summary="Prepare nothing more, and remove what is there")
async def drain_pool(
    pool_id: str, body: WarmPoolReason, mediator: MediatorOf, principal: Operator, change: Change, response: Response
) -> WarmPoolReport:
    return _tagged(await _enter(WarmPoolStatus.DRAINED, pool_id, body, mediator, principal, change), response)


@router.post("/{pool_id}/resume", summary="Fill the pool again, with its whole failure budget")
async def resume_pool(
    pool_id: str, body: WarmPoolReason, mediator: MediatorOf, principal: Operator, change: Change, response: Response
) -> WarmPoolReport:
    return _tagged(await _enter(WarmPoolStatus.ACTIVE, pool_id, body, mediator, principal, change), response)


async def _enter(
    status: WarmPoolStatus,
    pool_id: str,
    body: WarmPoolReason,
    mediator: MediatorOf,
    principal: Principal,
    change: Change,
) -> WarmPoolReport:
    async def move() -> WarmPoolReport:
        command = ChangeWarmPoolStatusCommand(pool_id, status, body.reason)
        await mediator.execute(command, context_for(principal, body.reason))
        return await mediator.query(GetWarmPoolQuery(pool_id))

    async def again(_: Mapping[str, str]) -> WarmPoolReport:
        return await mediator.query(GetWarmPoolQuery(pool_id))

    return await change.do(move, again, kind="warm_pool", id=pool_id)


def _tagged(report: WarmPoolReport, response: Response) -> WarmPoolReport:
    response.headers["ETag"] = f'"{report.pool.version}"'
    return report
