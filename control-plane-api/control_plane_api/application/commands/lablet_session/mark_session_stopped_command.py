"""The lab is proven gone: STOPPING → STOPPED, and its room is free in the same commit."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import lab_is_gone
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import MarkSessionStopped


@dataclass(frozen=True, slots=True)
class MarkSessionStoppedCommand(Command[Applied]):
    session_id: str
    request: MarkSessionStopped


class MarkSessionStoppedCommandHandler:
    async def handle(self, command: MarkSessionStoppedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """The proof may be that nothing was ever imported."""
        session = await uow.load(LabletSession, command.session_id)
        return applied(session, await lab_is_gone(uow, session, command.request.proof, stamp_of(ctx)), LATE)
