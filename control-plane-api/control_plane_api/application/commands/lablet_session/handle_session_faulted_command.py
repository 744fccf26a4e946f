"""The delivery system reported an error: what the learner did is still collected."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import DUPLICATE, LATE, UNKNOWN, applied, stamp_of
from control_plane_api.application.services.inbound_events import seen_before
from control_plane_api.application.services.session_flow import end_session, learner_left, user_session_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import SessionFaulted
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome


@dataclass(frozen=True, slots=True)
class HandleSessionFaultedCommand(Command[Applied]):
    session_id: str
    request: SessionFaulted


class HandleSessionFaultedCommandHandler:
    async def handle(self, command: HandleSessionFaultedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        stamp = stamp_of(ctx)
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        if await seen_before(uow, request.event, session.id, stamp):
            return applied(session, False, DUPLICATE)
        delivery = await user_session_of(uow, session)
        if delivery is None or not session.delivered_by(request.lds_session_id):
            return applied(session, False, UNKNOWN)
        if not delivery.fault(request.faulted_at, request.error, stamp):
            return applied(session, False, LATE)
        leave = learner_left if session.state.status is LabletSessionStatus.RUNNING else end_session
        changed = await leave(uow, session, SessionOutcome.FAILED, f"delivery failed: {request.error}", stamp)
        return applied(session, changed, LATE)
