"""The score: a report written once, and GRADING → STOPPING."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import DUPLICATE, LATE, applied, stamp_of
from control_plane_api.application.services.assessment import is_news_of
from control_plane_api.application.services.grading import required_grading_session
from control_plane_api.application.services.inbound_events import seen_before
from control_plane_api.application.services.session_flow import stop_session
from control_plane_api.domain.entities import GradingSession, LabletSession, ScoreReport
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import score_report_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import GradingCompleted
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome


@dataclass(frozen=True, slots=True)
class GradingCompletedCommand(Command[Applied]):
    session_id: str
    request: GradingCompleted


class GradingCompletedCommandHandler:
    async def handle(self, command: GradingCompletedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """A score that comes after the session went on is stored all the same. The first of an attempt stands; that of
        a later attempt takes the place of those before it, which are kept.

        Raises Conflict when it is the score of another grading session.
        """
        stamp = stamp_of(ctx)
        request = command.request
        session = await uow.load(LabletSession, command.session_id)
        if await seen_before(uow, request.event, session.id, stamp):
            return applied(session, False, DUPLICATE)
        grading = await required_grading_session(uow, session)
        if not is_news_of(session, grading, request.engine_session_id, request.engine_part_id):
            return applied(session, False, LATE)
        report_id = score_report_id(session.id, session.state.grading_attempt)
        if not session.score(report_id, request.score, request.max_score, request.passed, stamp):
            return applied(session, False, LATE)
        # The score may overtake the report that the evidence was submitted.
        grading.submitted(request.engine_session_id, request.engine_part_id, stamp)
        grading.scored(report_id, stamp)
        uow.add(_report(report_id, grading, request, stamp))
        if session.state.status is LabletSessionStatus.GRADING:
            await stop_session(uow, session, SessionOutcome.COMPLETED, "graded", stamp)
        return applied(session, True)


def _report(id: str, grading: GradingSession, request: GradingCompleted, stamp: Stamp) -> ScoreReport:
    return ScoreReport.create(
        id,
        lablet_session_id=grading.state.lablet_session_id,
        grading_session_id=grading.id,
        score=request.score,
        max_score=request.max_score,
        cut_score=request.cut_score,
        passed=request.passed,
        sections=request.sections,
        report_url=request.report_url,
        submitted_at=request.submitted_at,
        stamp=stamp,
        attempt=grading.state.attempt,
        reason=grading.state.reason,
    )
