"""A person has to look at the grading first: GRADING → REVIEWING."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import DUPLICATE, LATE, applied, stamp_of
from control_plane_api.application.services.assessment import is_news_of
from control_plane_api.application.services.grading import require_given_to_grading, required_grading_session
from control_plane_api.application.services.inbound_events import seen_before
from control_plane_api.domain.entities import LabletSession
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import GradingReviewRequested


@dataclass(frozen=True, slots=True)
class GradingReviewRequestedCommand(Command[Applied]):
    session_id: str
    request: GradingReviewRequested


class GradingReviewRequestedCommandHandler:
    async def handle(self, command: GradingReviewRequestedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises Conflict when it is about another grading session, RuleViolation when nothing is being graded."""
        stamp = stamp_of(ctx)
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        if await seen_before(uow, request.event, session.id, stamp):
            return applied(session, False, DUPLICATE)
        grading = await required_grading_session(uow, session)
        if not is_news_of(session, grading, request.engine_session_id, request.engine_part_id):
            return applied(session, False, LATE)
        require_given_to_grading(session)
        grading.submitted(request.engine_session_id, request.engine_part_id, stamp)
        return applied(session, grading.request_review(stamp), LATE)
