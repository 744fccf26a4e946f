"""ACTIVE → DEPRECATED: no new bookings; those made stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletDefinition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class DeprecateLabletDefinitionCommand(Command[Applied]):
    definition_id: str
    reason: str


class DeprecateLabletDefinitionCommandHandler:
    async def handle(self, command: DeprecateLabletDefinitionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        definition = await uow.load(LabletDefinition, command.definition_id)
        return applied(definition, definition.deprecate(command.reason, stamp_of(ctx)))
