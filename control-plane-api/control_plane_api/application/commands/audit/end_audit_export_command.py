"""Put on record that an export was sent to its end, and how much it was."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import AuditExport
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class EndAuditExportCommand(Command[Applied]):
    export_id: str
    entries: int


class EndAuditExportCommandHandler:
    async def handle(self, command: EndAuditExportCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        export = await uow.load(AuditExport, command.export_id)
        return applied(export, export.end(command.entries, stamp_of(ctx)))
