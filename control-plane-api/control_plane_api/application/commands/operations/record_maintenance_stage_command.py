"""One stage of long work is done."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.operations import the_maintenance
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.read_models.operations import MaintenanceStage


@dataclass(frozen=True, slots=True)
class RecordMaintenanceStageCommand(Command[Applied]):
    run_id: str
    stage: MaintenanceStage


class RecordMaintenanceStageCommandHandler:
    async def handle(self, command: RecordMaintenanceStageCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        maintenance = await the_maintenance(uow)
        return applied(maintenance, maintenance.stage_done(command.run_id, command.stage, stamp_of(ctx)), LATE)
