"""Long work is done, or cannot be done to its end."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.operations import the_maintenance
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class FinishMaintenanceCommand(Command[Applied]):
    run_id: str
    error: str = ""


class FinishMaintenanceCommandHandler:
    async def handle(self, command: FinishMaintenanceCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        maintenance = await the_maintenance(uow)
        return applied(maintenance, maintenance.finish(command.run_id, command.error, stamp_of(ctx)), LATE)
