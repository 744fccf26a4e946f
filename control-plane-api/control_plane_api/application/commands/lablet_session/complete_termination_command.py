"""ARCHIVED → TERMINATED: nothing is held any more, and the reservation is completed."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import complete_termination
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class CompleteTerminationCommand(Command[Applied]):
    session_id: str


class CompleteTerminationCommandHandler:
    async def handle(self, command: CompleteTerminationCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises InvariantViolated when something is still held."""
        session = await uow.load(LabletSession, command.session_id)
        return applied(session, await complete_termination(uow, session, stamp_of(ctx)), LATE)
