"""STOPPED → ARCHIVED: the delivery session is closed, or there never was one."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import delivery_is_archived
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import MarkSessionArchived


@dataclass(frozen=True, slots=True)
class MarkSessionArchivedCommand(Command[Applied]):
    session_id: str
    request: MarkSessionArchived


class MarkSessionArchivedCommandHandler:
    async def handle(self, command: MarkSessionArchivedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        session = await uow.load(LabletSession, command.session_id)
        return applied(session, await delivery_is_archived(uow, session, command.request.note, stamp_of(ctx)), LATE)
