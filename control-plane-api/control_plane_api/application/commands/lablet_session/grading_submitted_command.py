"""The grading engine took the evidence under these ids."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.grading import required_grading_session
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import GradingSubmitted


@dataclass(frozen=True, slots=True)
class GradingSubmittedCommand(Command[Applied]):
    session_id: str
    request: GradingSubmitted


class GradingSubmittedCommandHandler:
    async def handle(self, command: GradingSubmittedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises Conflict when it was submitted under another id before."""
        session = await uow.load(LabletSession, command.session_id)
        request = command.request
        if request.attempt not in (None, session.state.grading_attempt):
            return applied(session, False, LATE)
        grading = await required_grading_session(uow, session)
        changed = grading.submitted(request.engine_session_id, request.engine_part_id, stamp_of(ctx))
        return applied(session, changed, LATE)
