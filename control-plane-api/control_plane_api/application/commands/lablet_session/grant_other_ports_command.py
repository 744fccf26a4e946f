"""A session whose ports a foreign lab forwards gets others on its worker, before its lab is imported."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.other_ports import give_other_ports
from control_plane_api.domain.entities import CMLWorker, LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.errors import RuleViolation


@dataclass(frozen=True, slots=True)
class GrantOtherPortsCommand(Command[Applied]):
    session_id: str


class GrantOtherPortsCommandHandler:
    async def handle(self, command: GrantOtherPortsCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises CapacityRefused when there are no others, RuleViolation when a lab of its own uses them."""
        session = await uow.load(LabletSession, command.session_id)
        if session.state.worker_id is None:
            raise RuleViolation(
                f"Session {session.id!r} is {session.state.status.value} and on no worker; it has no ports.",
                code="not-placed",
                facts={"status": session.state.status.value},
            )
        worker = await uow.load(CMLWorker, session.state.worker_id)
        return applied(session, give_other_ports(uow, session, worker, stamp_of(ctx)))
