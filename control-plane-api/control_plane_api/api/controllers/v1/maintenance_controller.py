"""/api/v1/system: long work on what is derived from the log, started and followed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from fastapi import APIRouter, Response

from control_plane_api.api.access import Admin, Operator, context_for
from control_plane_api.api.request_conditions import Change, ChangeRequest
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.operations.start_maintenance_command import StartMaintenanceCommand
from control_plane_api.application.queries.get_maintenance_query import GetMaintenanceQuery, MaintenanceView
from lcm_core.auth import Principal
from lcm_core.contracts.recovery import RebuildEtcd, RebuildProjections
from lcm_core.domain.read_models.operations import MaintenanceKind

router = APIRouter(prefix="/api/v1/system", tags=["system"])


@router.post("/rebuild-etcd", summary="Write every key of etcd anew", status_code=202)
async def rebuild_etcd(
    body: RebuildEtcd, mediator: MediatorOf, principal: Admin, change: Change, response: Response
) -> MaintenanceView:
    """Keys that say nothing of anything are deleted. One run at a time; how far it is, GET tells."""
    command = StartMaintenanceCommand(str(uuid4()), MaintenanceKind.ETCD, body.reason)
    response.headers["Location"] = f"{router.prefix}/rebuild-etcd"
    return await _start(command, mediator, principal, change)


@router.get("/rebuild-etcd", summary="How far writing etcd anew is, or what came of it")
async def get_rebuild_etcd(mediator: MediatorOf, _: Operator) -> MaintenanceView:
    return await mediator.query(GetMaintenanceQuery(MaintenanceKind.ETCD))


@router.post("/rebuild-projections", summary="Make the current-state documents again from the log", status_code=202)
async def rebuild_projections(
    body: RebuildProjections, mediator: MediatorOf, principal: Admin, change: Change, response: Response
) -> MaintenanceView:
    """As `lcm projections rebuild`. Safe while the system runs; one run at a time; goes on where it was after a
    crash. A stream that cannot be replayed is left alone and counted."""
    command = StartMaintenanceCommand(
        str(uuid4()), MaintenanceKind.PROJECTIONS, body.reason, collections=body.collections, fresh=body.fresh
    )
    response.headers["Location"] = f"{router.prefix}/rebuild-projections"
    return await _start(command, mediator, principal, change)


@router.get("/rebuild-projections", summary="How far making them again is, or what came of it")
async def get_rebuild_projections(mediator: MediatorOf, _: Operator) -> MaintenanceView:
    return await mediator.query(GetMaintenanceQuery(MaintenanceKind.PROJECTIONS))


async def _start(
    command: StartMaintenanceCommand, mediator: MediatorOf, principal: Principal, change: ChangeRequest
) -> MaintenanceView:
    async def work() -> MaintenanceView:
        await mediator.execute(command, context_for(principal, command.reason))
        return await mediator.query(GetMaintenanceQuery(command.kind))

    async def again(_: Mapping[str, str]) -> MaintenanceView:
        return await mediator.query(GetMaintenanceQuery(command.kind))

    return await change.do(work, again)
