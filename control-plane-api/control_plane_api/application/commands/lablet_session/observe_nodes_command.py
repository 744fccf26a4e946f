"""How the nodes of a session's lab stand: recorded when one of them changed, and never otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.lab_nodes import ObserveNodes


@dataclass(frozen=True, slots=True)
class ObserveNodesCommand(Command[Applied]):
    session_id: str
    request: ObserveNodes


class ObserveNodesCommandHandler:
    async def handle(self, command: ObserveNodesCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation when the session has gone on to another worker."""
        session = await uow.load(LabletSession, command.session_id)
        request = command.request
        session.require_still_on(request.worker_id)
        if not session.follows_lab(request.cml_lab_id, request.observed_at):
            return applied(session, False, LATE)
        return applied(session, session.observe_nodes(request.nodes, request.observed_at, stamp_of(ctx)))
