"""The session's lab exists on its worker under this id."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import BindLab


@dataclass(frozen=True, slots=True)
class BindLabCommand(Command[Applied]):
    session_id: str
    request: BindLab


class BindLabCommandHandler:
    async def handle(self, command: BindLabCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        session = await uow.load(LabletSession, command.session_id)
        request = command.request
        session.require_still_on(request.worker_id)
        return applied(session, session.bind_lab(request.cml_lab_id, stamp_of(ctx), replaces=request.replaces))
