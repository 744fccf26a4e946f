"""An admin's no: the proposed content does not become a version, and is not proposed again."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletDefinition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import RejectVersion


@dataclass(frozen=True, slots=True)
class RejectVersionCommand(Command[Applied]):
    definition_id: str
    rejection: RejectVersion


class RejectVersionCommandHandler:
    async def handle(self, command: RejectVersionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises Conflict when something else is proposed by now."""
        definition = await uow.load(LabletDefinition, command.definition_id)
        rejection = command.rejection
        changed = definition.reject_proposal(rejection.content_hash, rejection.reason, stamp_of(ctx))
        return applied(definition, changed)
