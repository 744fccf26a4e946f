"""/api/v1/system/settings: limits and guards of the fleet, changed while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from control_plane_api.api.access import Admin, Viewer, context_for
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.queries.get_fleet_policy_query import CurrentFleetPolicy, GetFleetPolicyQuery
from control_plane_api.application.queries.list_policy_changes_query import ListPolicyChangesQuery, PolicyChange
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.domain.identities import SYSTEM_SETTINGS_ID
from lcm_core.contracts.base import Contract

router = APIRouter(prefix="/api/v1/system/settings", tags=["system"])


class ChangeFleetPolicy(Contract):
    policy: FleetPolicy
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get("", summary="Limits and guards of the fleet")
async def get_fleet_settings(mediator: MediatorOf, _: Viewer, response: Response) -> CurrentFleetPolicy:
    return _tagged(await mediator.query(GetFleetPolicyQuery()), response)


@router.get("/changes", summary="Who changed which limit, and why, the last first")
async def list_fleet_settings_changes(
    mediator: MediatorOf, _: Viewer, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[PolicyChange]:
    return list(await mediator.query(ListPolicyChangesQuery(limit)))


@router.put("", summary="Change limits and guards of the fleet")
async def put_fleet_settings(
    body: ChangeFleetPolicy, mediator: MediatorOf, principal: Admin, change: Change, response: Response
) -> CurrentFleetPolicy:
    """Replaces the whole policy; recorded with who and why."""

    async def update() -> CurrentFleetPolicy:
        await mediator.execute(UpdateSystemSettingsCommand(body.policy, body.reason), context_for(principal))
        return await mediator.query(GetFleetPolicyQuery())

    async def again(_: Mapping[str, str]) -> CurrentFleetPolicy:
        return await mediator.query(GetFleetPolicyQuery())

    return _tagged(await change.do(update, again, kind="system_settings", id=SYSTEM_SETTINGS_ID), response)


def _tagged(current: CurrentFleetPolicy, response: Response) -> CurrentFleetPolicy:
    response.headers["ETag"] = f'"{current.version}"'
    return current
