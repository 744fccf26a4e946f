"""Have the content package of a definition read and compared with what it has."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletDefinition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import RequestSync


@dataclass(frozen=True, slots=True)
class RequestContentSyncCommand(Command[Applied]):
    definition_id: str
    request: RequestSync


class RequestContentSyncCommandHandler:
    async def handle(self, command: RequestContentSyncCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Changes nothing while an earlier request is open. Raises RuleViolation for a version that was replaced."""
        definition = await uow.load(LabletDefinition, command.definition_id)
        request = command.request
        changed = definition.request_sync(request.cause, stamp_of(ctx), fingerprint=request.fingerprint)
        return applied(definition, changed)
