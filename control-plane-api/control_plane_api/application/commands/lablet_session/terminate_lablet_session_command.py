"""Somebody wants the session gone: noted in any state, and it goes the way out that fits its state."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import end_session
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.enums import SessionOutcome


@dataclass(frozen=True, slots=True)
class TerminateLabletSessionCommand(Command[Applied]):
    session_id: str
    reason: str


class TerminateLabletSessionCommandHandler:
    async def handle(self, command: TerminateLabletSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        stamp = stamp_of(ctx)
        session = await uow.load(LabletSession, command.session_id)
        noted = session.request_termination(command.reason, stamp)
        left = await end_session(uow, session, SessionOutcome.CANCELLED, command.reason, stamp)
        return applied(session, noted or left, LATE)
