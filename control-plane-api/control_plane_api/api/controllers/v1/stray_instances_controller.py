"""/api/v1/stray-instances: instances of this fleet that no worker stands for, and what operators decide about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from control_plane_api.api.access import Operator, Viewer, context_for
from control_plane_api.api.request_conditions import Change
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.fleet.decide_stray_command import DecideStrayCommand
from control_plane_api.application.queries.get_stray_query import GetStrayQuery
from control_plane_api.application.queries.list_strays_query import ListStraysQuery
from lcm_core.auth import Principal
from lcm_core.contracts.base import Contract
from lcm_core.domain.read_models import StrayInstance, StrayVerdict

router = APIRouter(prefix="/api/v1/stray-instances", tags=["scaling"])


class DecideStray(Contract):
    """Why; it is kept with the decision."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class TerminateStray(DecideStray):
    """``with_labs``: also if there are labs on it, or nobody can say whether there are."""

    with_labs: bool = False


@router.get("", summary="Instances of this fleet that no worker stands for, longest flagged first")
async def list_strays(mediator: MediatorOf, _: Viewer) -> list[StrayInstance]:
    """Each says what can be done about it; it is gone from the list as soon as that is done."""
    return list(await mediator.query(ListStraysQuery()))


@router.post("/{ec2_instance_id}/terminate", summary="Have it terminated", status_code=202)
async def terminate_stray(
    ec2_instance_id: str, body: TerminateStray, mediator: MediatorOf, principal: Operator, change: Change
) -> StrayInstance:
    """worker-controller looks once more whether nobody stands for it, and whether CML on it says that there is no lab;
    until then it stays, and ``why_left`` says why."""
    command = DecideStrayCommand(ec2_instance_id, StrayVerdict.TERMINATE, body.reason, body.with_labs)
    return await _decide(command, mediator, principal, change)


@router.post("/{ec2_instance_id}/leave", summary="Leave it as it is, and tell nobody of it any more", status_code=202)
async def leave_stray(
    ec2_instance_id: str, body: DecideStray, mediator: MediatorOf, principal: Operator, change: Change
) -> StrayInstance:
    """Whatever the policy says, until the decision is taken back or a worker stands for it."""
    return await _decide(
        DecideStrayCommand(ec2_instance_id, StrayVerdict.LEAVE, body.reason), mediator, principal, change
    )


@router.post("/{ec2_instance_id}/reconsider", summary="Take the decision about it back", status_code=202)
async def reconsider_stray(
    ec2_instance_id: str, body: DecideStray, mediator: MediatorOf, principal: Operator, change: Change
) -> StrayInstance:
    """The policy counts again. What was terminated meanwhile is not found."""
    return await _decide(DecideStrayCommand(ec2_instance_id, None, body.reason), mediator, principal, change)


async def _decide(
    command: DecideStrayCommand, mediator: MediatorOf, principal: Principal, change: Change
) -> StrayInstance:
    async def decide() -> StrayInstance:
        return await mediator.execute(command, context_for(principal, command.reason))

    async def again(_: Mapping[str, str]) -> StrayInstance:
        return await mediator.query(GetStrayQuery(command.ec2_instance_id))

    return await change.do(decide, again)
