"""/api/v1/reconcilers: how the services are, and steering them."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter

from control_plane_api.api.access import Operator, Viewer, context_for
from control_plane_api.api.request_conditions import Change, ChangeRequest
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.operations.pause_reconciler_command import PauseReconcilerCommand
from control_plane_api.application.commands.operations.resign_reconciler_command import ResignReconcilerCommand
from control_plane_api.application.commands.operations.resume_reconciler_command import ResumeReconcilerCommand
from control_plane_api.application.commands.operations.trigger_reconciler_command import TriggerReconcilerCommand
from control_plane_api.application.queries.list_reconcilers_query import ListReconcilersQuery, ReconcilerView
from lcm_core.application.mediator import Command
from lcm_core.auth import Principal
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import SteerReconciler, TriggerReconciler
from lcm_core.domain.steering import ReconcilerName

router = APIRouter(prefix="/api/v1/reconcilers", tags=["system"])


@router.get("", summary="Who leads, what waits, and who has paused what")
async def list_reconcilers(mediator: MediatorOf, _: Viewer) -> list[ReconcilerView]:
    """`in_effect` turns true as soon as the leader has taken notice."""
    return list(await mediator.query(ListReconcilersQuery()))


@router.post("/{service}/pause", summary="Take up nothing new")
async def pause_reconciler(
    service: ReconcilerName, body: SteerReconciler, mediator: MediatorOf, principal: Operator, change: Change
) -> ReconcilerView:
    """On every instance, until it is resumed: what is in hand is finished, the leader goes on leading. The slot clock
    is not paused: slots begin and end."""
    command = PauseReconcilerCommand(service, body.reason)
    return await _steer(service, command, mediator, principal, change, body.reason)


@router.post("/{service}/resume", summary="Go on, and look at everything once")
async def resume_reconciler(
    service: ReconcilerName, body: SteerReconciler, mediator: MediatorOf, principal: Operator, change: Change
) -> ReconcilerView:
    command = ResumeReconcilerCommand(service, body.reason)
    return await _steer(service, command, mediator, principal, change, body.reason)


@router.post("/{service}/trigger", summary="Handle a key, or all, now", status_code=202)
async def trigger_reconciler(
    service: ReconcilerName, body: TriggerReconciler, mediator: MediatorOf, principal: Operator, change: Change
) -> ReconcilerView:
    """Passed on to the leader; a paused one does it when it is resumed."""
    command = TriggerReconcilerCommand(service, body)
    return await _steer(service, command, mediator, principal, change, body.reason)


@router.post("/{service}/resign", summary="Let another instance lead", status_code=202)
async def resign_reconciler(
    service: ReconcilerName, body: SteerReconciler, mediator: MediatorOf, principal: Operator, change: Change
) -> ReconcilerView:
    """The term that is under way now ends when its work has come to a stop; where there is one instance only, it leads
    again a moment later."""
    now = await _view(service, mediator)
    command = ResignReconcilerCommand(service, now.epoch, body.reason)
    return await _steer(service, command, mediator, principal, change, body.reason)


async def _view(service: ReconcilerName, mediator: MediatorOf) -> ReconcilerView:
    return next(each for each in await mediator.query(ListReconcilersQuery()) if each.service is service)


async def _steer(
    service: ReconcilerName,
    command: Command[Applied],
    mediator: MediatorOf,
    principal: Principal,
    change: ChangeRequest,
    reason: str,
) -> ReconcilerView:
    """How the service is after *command*, or after the request that did it before."""

    async def work() -> ReconcilerView:
        await mediator.execute(command, context_for(principal, reason))
        return await _view(service, mediator)

    async def again(_: Mapping[str, str]) -> ReconcilerView:
        return await _view(service, mediator)

    return await change.do(work, again, kind="reconciler", id=service.value)
