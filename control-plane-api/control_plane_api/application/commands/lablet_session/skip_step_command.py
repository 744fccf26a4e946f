"""An operator has a session go on without a step that it can do without."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import SkipStep


@dataclass(frozen=True, slots=True)
class SkipStepCommand(Command[Applied]):
    session_id: str
    request: SkipStep


class SkipStepCommandHandler:
    async def handle(self, command: SkipStepCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation as a retry does, and for a step that is needed."""
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        return applied(session, session.skip_step(request.pipeline, request.step, request.reason, stamp_of(ctx)))
