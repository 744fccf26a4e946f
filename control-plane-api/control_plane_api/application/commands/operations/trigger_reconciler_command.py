"""A service handles a key, or every key, now."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.operations import reconciler_for
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import TriggerReconciler
from lcm_core.domain.steering import ReconcilerName


@dataclass(frozen=True, slots=True)
class TriggerReconcilerCommand(Command[Applied]):
    service: ReconcilerName
    request: TriggerReconciler


class TriggerReconcilerCommandHandler:
    async def handle(self, command: TriggerReconcilerCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        request = command.request
        reconciler = await reconciler_for(uow, command.service)
        reconciler.trigger(request.key, request.loop, request.reason, stamp_of(ctx))
        return applied(reconciler, True)
