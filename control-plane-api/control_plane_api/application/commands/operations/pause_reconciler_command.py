"""A service finishes what it has in hand, takes up nothing new, and goes on leading; until somebody resumes it."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.operations import reconciler_for
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.steering import ReconcilerName


@dataclass(frozen=True, slots=True)
class PauseReconcilerCommand(Command[Applied]):
    service: ReconcilerName
    reason: str


class PauseReconcilerCommandHandler:
    async def handle(self, command: PauseReconcilerCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """No change when it is paused: who did so first, and why, stands."""
        reconciler = await reconciler_for(uow, command.service)
        return applied(reconciler, reconciler.pause(command.reason, stamp_of(ctx)))
