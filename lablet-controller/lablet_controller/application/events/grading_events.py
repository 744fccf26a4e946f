"""What the grading engine tells of a submission, applied to the session that it came from."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from lablet_controller.application.events.inbound_events import (
    BEFORE_GRADING,
    GradingCompletedData,
    GradingFailedData,
    GradingReviewData,
    Handler,
    NotYetApplicable,
    moment_of,
)
from lcm_core.clock import Clock
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import InboundEvent
from lcm_core.contracts.sessions import GradingCompleted, GradingFailed, GradingReviewRequested
from lcm_core.domain.errors import DomainError
from lcm_core.integration.clients.sessions_api import SessionsApi


class GradingEvents:
    """One handler for each type."""

    def __init__(self, sessions: SessionsApi, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self.handlers: Mapping[str, Handler] = {
            "grading.session.review": self._review,
            "grading.session.completed": self._completed,
            "grading.session.failed": self._failed,
        }

    async def _review(self, event: InboundEvent) -> Applied:
        data = GradingReviewData.model_validate(event.data)
        body = GradingReviewRequested(
            engine_session_id=data.grading_session_id, engine_part_id=data.part, event=event.key
        )
        return await self._in_time(
            data.lablet_session_id, self._sessions.grading_review_requested(data.lablet_session_id, body)
        )

    async def _completed(self, event: InboundEvent) -> Applied:
        data = GradingCompletedData.model_validate(event.data)
        body = GradingCompleted(
            engine_session_id=data.grading_session_id,
            engine_part_id=data.part,
            score=data.score,
            max_score=data.max_score,
            cut_score=data.cut_score,
            passed=data.passed,
            sections=data.sections,
            report_url=data.report_url or "",
            submitted_at=moment_of(event, data.submitted_at, self._clock),
            event=event.key,
        )
        return await self._in_time(
            data.lablet_session_id, self._sessions.grading_completed(data.lablet_session_id, body)
        )

    async def _failed(self, event: InboundEvent) -> Applied:
        data = GradingFailedData.model_validate(event.data)
        body = GradingFailed(
            engine_session_id=data.grading_session_id,
            engine_part_id=data.part,
            error=data.error[:2000],
            event=event.key,
        )
        return await self._in_time(data.lablet_session_id, self._sessions.grading_failed(data.lablet_session_id, body))

    async def _in_time(self, session_id: str, telling: Awaitable[Applied]) -> Applied:
        """What a rule refuses is early while the session has not been given to grading, and wrong after that."""
        try:
            return await telling
        except DomainError as error:
            session = await self._sessions.get(session_id)
            if session.status not in BEFORE_GRADING:
                raise
            raise NotYetApplicable(session_id, f"session {session_id} is {session.status.value}") from error
