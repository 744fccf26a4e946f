"""Put on record that somebody exports the audit, before they are given any of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import AuditExport
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class BeginAuditExportCommand(Command[Applied]):
    export_id: str
    format: str
    filters: Mapping[str, str]


class BeginAuditExportCommandHandler:
    async def handle(self, command: BeginAuditExportCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        export = AuditExport.begin(command.export_id, command.format, dict(command.filters), stamp_of(ctx))
        uow.add(export)
        return applied(export, True)
