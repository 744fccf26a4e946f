"""The learner or a proctor paused; the slot goes on."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import DUPLICATE, LATE, UNKNOWN, applied, stamp_of
from control_plane_api.application.services.inbound_events import seen_before
from control_plane_api.application.services.session_flow import user_session_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import SessionPaused


@dataclass(frozen=True, slots=True)
class HandleSessionPausedCommand(Command[Applied]):
    session_id: str
    request: SessionPaused


class HandleSessionPausedCommandHandler:
    async def handle(self, command: HandleSessionPausedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises IllegalTransition while the learner has not logged in: the login has to be told first."""
        stamp = stamp_of(ctx)
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        if await seen_before(uow, request.event, session.id, stamp):
            return applied(session, False, DUPLICATE)
        delivery = await user_session_of(uow, session)
        if delivery is None or not session.delivered_by(request.lds_session_id):
            return applied(session, False, UNKNOWN)
        return applied(session, delivery.pause(request.paused_at, stamp), LATE)
