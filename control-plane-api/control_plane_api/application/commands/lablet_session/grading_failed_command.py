"""No score to be had: the reason is kept and the session ends clean."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import DUPLICATE, LATE, applied, stamp_of
from control_plane_api.application.services.assessment import is_news_of
from control_plane_api.application.services.grading import require_given_to_grading, required_grading_session
from control_plane_api.application.services.inbound_events import seen_before
from control_plane_api.application.services.session_flow import stop_session
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import GradingFailed
from lcm_core.domain.enums import SessionOutcome


@dataclass(frozen=True, slots=True)
class GradingFailedCommand(Command[Applied]):
    session_id: str
    request: GradingFailed


class GradingFailedCommandHandler:
    async def handle(self, command: GradingFailedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises Conflict when it is about another grading session, RuleViolation when nothing is being graded."""
        stamp = stamp_of(ctx)
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        if await seen_before(uow, request.event, session.id, stamp):
            return applied(session, False, DUPLICATE)
        if request.attempt not in (None, session.state.grading_attempt):
            return applied(session, False, LATE)
        grading = await required_grading_session(uow, session)
        if request.engine_session_id is not None and not is_news_of(
            session, grading, request.engine_session_id, request.engine_part_id
        ):
            return applied(session, False, LATE)
        if request.event is not None:
            # The engine's word; an operator may give up the grading while evidence is still collected.
            require_given_to_grading(session)
        if session.is_going:
            if session.fail_regrade(request.error, stamp):
                grading.fault(request.error, stamp)
                return applied(session, True)
            return applied(session, False, LATE)
        grading.fault(request.error, stamp)
        await stop_session(uow, session, SessionOutcome.FAILED, f"not graded: {request.error}", stamp)
        return applied(session, True)
