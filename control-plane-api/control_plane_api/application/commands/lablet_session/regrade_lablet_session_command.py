"""What was collected is graded once more; the scores before it are kept."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.assessment import regrade
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class RegradeLabletSessionCommand(Command[Applied]):
    session_id: str
    reason: str


class RegradeLabletSessionCommandHandler:
    async def handle(self, command: RegradeLabletSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation when there is nothing to grade, or it is under way."""
        session = await uow.load(LabletSession, command.session_id)
        await regrade(uow, session, command.reason, stamp_of(ctx))
        return applied(session, True)
