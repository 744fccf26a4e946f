"""Out, with an outcome: to STOPPING, or to TERMINATED when nothing exists anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import end_session
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import StopSession


@dataclass(frozen=True, slots=True)
class StopLabletSessionCommand(Command[Applied]):
    session_id: str
    request: StopSession


class StopLabletSessionCommandHandler:
    async def handle(self, command: StopLabletSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        changed = await end_session(uow, session, request.outcome, request.reason, stamp_of(ctx))
        return applied(session, changed, LATE)
