"""→ ARCHIVED: withdrawn for good. Sessions that have pinned it go on."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletDefinition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class ArchiveLabletDefinitionCommand(Command[Applied]):
    definition_id: str
    reason: str


class ArchiveLabletDefinitionCommandHandler:
    async def handle(self, command: ArchiveLabletDefinitionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        definition = await uow.load(LabletDefinition, command.definition_id)
        return applied(definition, definition.archive(command.reason, stamp_of(ctx)))
