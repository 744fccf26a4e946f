"""The learner finished: collected when grading is wanted, else stopped."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import DUPLICATE, LATE, UNKNOWN, applied, stamp_of
from control_plane_api.application.services.inbound_events import seen_before
from control_plane_api.application.services.session_flow import learner_left, user_session_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import SessionEnded
from lcm_core.domain.enums import SessionOutcome


@dataclass(frozen=True, slots=True)
class HandleSessionEndedCommand(Command[Applied]):
    session_id: str
    request: SessionEnded


class HandleSessionEndedCommandHandler:
    async def handle(self, command: HandleSessionEndedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """While the session is READY the login was missed: it counts as started, then ended."""
        stamp = stamp_of(ctx)
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        if await seen_before(uow, request.event, session.id, stamp):
            return applied(session, False, DUPLICATE)
        if not session.delivered_by(request.lds_session_id):
            return applied(session, False, UNKNOWN)
        delivery = await user_session_of(uow, session)
        started = session.learner_started(request.ended_at, stamp)
        if delivery is not None:
            if started:
                delivery.start(request.ended_at, stamp)
            delivery.end(request.ended_at, request.reason or "learner finished", stamp)
        reason = request.reason or "learner_finished"
        changed = await learner_left(uow, session, SessionOutcome.COMPLETED, reason, stamp)
        return applied(session, changed, LATE)
