"""How far the stage under way is: kept beside the record, because nobody needs its history."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.operations import MAINTENANCE_PROGRESS
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.json_form import to_json_form
from lcm_core.domain.read_models.operations import MaintenanceProgress


@dataclass(frozen=True, slots=True)
class RecordMaintenanceProgressCommand(Command[None]):
    run_id: str
    progress: MaintenanceProgress


class RecordMaintenanceProgressCommandHandler:
    async def handle(self, command: RecordMaintenanceProgressCommand, uow: UnitOfWork, ctx: CommandContext) -> None:
        del ctx
        uow.attach(MAINTENANCE_PROGRESS, {"_id": command.run_id, **to_json_form(command.progress)}, upsert=True)
