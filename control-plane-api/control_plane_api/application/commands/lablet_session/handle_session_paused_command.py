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
from lcm_core.contracts.base import Applied, InboundEventKey


@dataclass(frozen=True, slots=True)
class HandleSessionPausedCommand(Command[Applied]):
    session_id: str
    lds_session_id: str
    event: InboundEventKey | None = None


class HandleSessionPausedCommandHandler:
    async def handle(self, command: HandleSessionPausedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        stamp = stamp_of(ctx)
        session = await uow.load(LabletSession, command.session_id)
        if await seen_before(uow, command.event, session.id, stamp):
            return applied(session, False, DUPLICATE)
        delivery = await user_session_of(uow, session)
        if delivery is None or not session.delivered_by(command.lds_session_id):
            return applied(session, False, UNKNOWN)
        return applied(session, delivery.pause(stamp), LATE)
