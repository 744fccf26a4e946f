"""The slot of a RUNNING session ends soon: told once per end."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import WarnSessionEnding


@dataclass(frozen=True, slots=True)
class WarnSessionEndingCommand(Command[Applied]):
    session_id: str
    request: WarnSessionEnding


class WarnSessionEndingCommandHandler:
    async def handle(self, command: WarnSessionEndingCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        session = await uow.load(LabletSession, command.session_id)
        return applied(session, session.warn_ending(command.request.ends_at, stamp_of(ctx)), LATE)
