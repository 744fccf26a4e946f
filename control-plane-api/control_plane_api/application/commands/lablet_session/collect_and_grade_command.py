"""An operator has a session collected and graded before its learner or its slot ends it: RUNNING → COLLECTING."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.session_flow import begin_collection
from control_plane_api.domain.entities import LabletSession
from control_plane_api.domain.transitions import require_transition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS


@dataclass(frozen=True, slots=True)
class CollectAndGradeCommand(Command[Applied]):
    session_id: str
    reason: str


class CollectAndGradeCommandHandler:
    async def handle(self, command: CollectAndGradeCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises IllegalTransition unless it is RUNNING, RuleViolation when nothing of it is to be graded."""
        session = await uow.load(LabletSession, command.session_id)
        source, target = session.state.status, LabletSessionStatus.COLLECTING
        if source is not LabletSessionStatus.RUNNING:
            require_transition(session.kind, session.id, _ONLY_WHILE_RUNNING, source, target)
        if not session.state.grading_enabled:
            raise RuleViolation(
                f"Session {session.id!r} was booked without grading; terminate it instead.", code="grading-not-enabled"
            )
        return applied(session, await begin_collection(uow, session, command.reason, stamp_of(ctx)))


_ONLY_WHILE_RUNNING = {
    status: targets if status is LabletSessionStatus.RUNNING else targets - {LabletSessionStatus.COLLECTING}
    for status, targets in LABLET_SESSION_VALID_TRANSITIONS.items()
}
