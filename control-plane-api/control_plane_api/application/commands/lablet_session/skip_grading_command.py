"""An operator has a session end without a score, or without another one: it ends clean, and says why."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.session_flow import grading_session_of, stop_session
from control_plane_api.domain.entities import LabletSession
from control_plane_api.domain.transitions import require_transition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.recovery import SkipGrading
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS

_S = LabletSessionStatus
_GRADED_IN = frozenset({_S.COLLECTING, _S.GRADING})
_ONLY_WHILE_GRADED = {
    status: targets if status in _GRADED_IN else targets - {_S.STOPPING}
    for status, targets in LABLET_SESSION_VALID_TRANSITIONS.items()
}


@dataclass(frozen=True, slots=True)
class SkipGradingCommand(Command[Applied]):
    session_id: str
    request: SkipGrading


class SkipGradingCommandHandler:
    async def handle(self, command: SkipGradingCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late when it is on its way out. Of one that is graded once more only that is given up.

        Raises IllegalTransition before its evidence is collected: terminate it instead.
        """
        stamp = stamp_of(ctx)
        told = f"grading skipped by {stamp.by}: {command.request.reason}"[:2000]
        session = await uow.load(LabletSession, command.session_id)
        grading = await grading_session_of(uow, session)
        if session.is_going:
            given_up = session.fail_regrade(told, stamp)
            if given_up and grading is not None:
                grading.fault(told, stamp)
            return applied(session, given_up, LATE)
        require_transition(session.kind, session.id, _ONLY_WHILE_GRADED, session.state.status, _S.STOPPING)
        await stop_session(uow, session, SessionOutcome.COMPLETED, told, stamp)
        return applied(session, True)
