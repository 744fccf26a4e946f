"""Keep a decision that placed nothing, and let the session say why it waits."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.placement_records import keep_decision, require_decision_for
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import RecordPlacementDecision


@dataclass(frozen=True, slots=True)
class RecordPlacementDecisionCommand(Command[Applied]):
    session_id: str
    request: RecordPlacementDecision


class RecordPlacementDecisionCommandHandler:
    async def handle(self, command: RecordPlacementDecisionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """A decision with the reason that the session tells already is not kept again."""
        decision = command.request.decision
        require_decision_for(decision, command.session_id)
        session = await uow.load(LabletSession, command.session_id)
        changed = session.hold(decision.id, decision.summary, stamp_of(ctx))
        if changed:
            keep_decision(uow, decision)
        return applied(session, changed)
