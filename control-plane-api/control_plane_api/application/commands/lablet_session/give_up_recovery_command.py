"""The host that a session waits for is not back in time: the session ends, and says so."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import end_session
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import GiveUpRecovery
from lcm_core.domain.enums import SessionOutcome


@dataclass(frozen=True, slots=True)
class GiveUpRecoveryCommand(Command[Applied]):
    session_id: str
    request: GiveUpRecovery


class GiveUpRecoveryCommandHandler:
    async def handle(self, command: GiveUpRecoveryCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late when it went on in between, or waits for something else by now."""
        session = await uow.load(LabletSession, command.session_id)
        hold = session.state.recovery
        if hold is None or hold.deadline != command.request.deadline:
            return applied(session, False, LATE)
        reason = f"{hold.reason}; not back by {hold.deadline:%Y-%m-%d %H:%M:%S} UTC"
        return applied(session, await end_session(uow, session, SessionOutcome.FAILED, reason[:2000], stamp_of(ctx)))
