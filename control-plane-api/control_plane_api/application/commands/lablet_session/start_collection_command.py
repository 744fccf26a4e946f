"""RUNNING → COLLECTING: the learner finished, the slot ended, or an operator asked."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import begin_collection
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import StartCollection


@dataclass(frozen=True, slots=True)
class StartCollectionCommand(Command[Applied]):
    session_id: str
    request: StartCollection


class StartCollectionCommandHandler:
    async def handle(self, command: StartCollectionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        session = await uow.load(LabletSession, command.session_id)
        changed = await begin_collection(uow, session, command.request.reason, stamp_of(ctx))
        return applied(session, changed, LATE)
