"""The devices are read once more while the lab lives, and graded after that: GRADING → COLLECTING."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.assessment import recollect
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class RecollectLabletSessionCommand(Command[Applied]):
    session_id: str
    reason: str


class RecollectLabletSessionCommandHandler:
    async def handle(self, command: RecollectLabletSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation when the lab does not live, or its host is lost."""
        session = await uow.load(LabletSession, command.session_id)
        await recollect(uow, session, command.reason, stamp_of(ctx))
        return applied(session, True)
