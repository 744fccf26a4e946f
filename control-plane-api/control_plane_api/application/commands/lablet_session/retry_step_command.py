"""An operator has a step of a session's pipeline tried again at once, as if it had never been tried."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import RetryStep


@dataclass(frozen=True, slots=True)
class RetryStepCommand(Command[Applied]):
    session_id: str
    request: RetryStep


class RetryStepCommandHandler:
    async def handle(self, command: RetryStepCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation when its pipeline does not run, or the step is done; NotFound when it has not begun."""
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        return applied(session, session.retry_step(request.pipeline, request.step, request.reason, stamp_of(ctx)))
