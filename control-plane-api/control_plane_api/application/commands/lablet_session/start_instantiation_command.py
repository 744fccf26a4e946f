"""SCHEDULED → INSTANTIATING; the prepared lab that was kept for the session is its own with the same commit."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.warm_start import begin_instantiation
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class StartInstantiationCommand(Command[Applied]):
    session_id: str


class StartInstantiationCommandHandler:
    async def handle(self, command: StartInstantiationCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        session = await uow.load(LabletSession, command.session_id)
        return applied(session, await begin_instantiation(uow, session, stamp_of(ctx)))
