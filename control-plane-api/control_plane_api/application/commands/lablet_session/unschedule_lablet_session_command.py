"""Take a session off its worker and back to PENDING; its room there is free with the same commit."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import take_off_worker
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import UnscheduleSession


@dataclass(frozen=True, slots=True)
class UnscheduleLabletSessionCommand(Command[Applied]):
    session_id: str
    request: UnscheduleSession


class UnscheduleLabletSessionCommandHandler:
    async def handle(self, command: UnscheduleLabletSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation while its lab is on a worker that still exists."""
        session = await uow.load(LabletSession, command.session_id)
        if command.request.worker_id not in (None, session.state.worker_id):
            return applied(session, False, LATE)
        return applied(session, await take_off_worker(uow, session, command.request.reason, stamp_of(ctx)))
