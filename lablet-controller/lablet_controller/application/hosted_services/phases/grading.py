"""GRADING: submit the evidence, then wait for the engine's event; ask for the result in case the event was lost."""

from __future__ import annotations

from datetime import datetime

import structlog
from pydantic import ValidationError

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping, wait_on
from lablet_controller.application.ports.grading import Grading, GradingRef, GradingResult, GradingScore, GradingState
from lablet_controller.application.services.assessment import (
    OPEN_GRADING,
    Assessment,
    GradingOpened,
    step_of_attempt,
)
from lablet_controller.application.services.pipeline import Broken, Completed, Interrupted, Waiting
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import GradingCompleted, GradingFailed, GradingReviewRequested
from lcm_core.domain.enums import GradingSessionStatus, PipelineName
from lcm_core.domain.errors import Conflict, FarEndError, NotFound
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, RequeueAfter

log = structlog.stdlib.get_logger(__name__)


class GradingCourse:
    """From evidence to a score, whatever the session does meanwhile.

    *first_look_seconds* after submission the result is asked for, then ever less often, up to *deadline_seconds*.

    A grading that a person has to look at first has until *review_deadline_seconds*.
    """

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        runner: PipelineRunner,
        assessment: Assessment,
        grading: Grading | None,
        clock: Clock,
        *,
        deadline_seconds: float,
        review_deadline_seconds: float,
        first_look_seconds: float = 5.0,
    ) -> None:
        self._sessions = control_plane.sessions
        self._runner = runner
        self._assessment = assessment
        self._grading = grading
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._review_deadline_seconds = max(deadline_seconds, review_deadline_seconds)
        self._first_look_seconds = first_look_seconds

    async def go_on(self, work: SessionWork) -> PhaseResult:
        pipeline = self._assessment.grade_pipeline(work.session)
        match await self._runner.run(pipeline, work.session, work):
            case Completed(submitted_at):
                return await self._await_result(work, submitted_at)
            case Interrupted():
                return Moved()
            case Waiting() as waiting:
                return wait_on(waiting)
            case Broken(step, reason):
                return await self._without_score(work, None, f"{step}: {reason}")

    async def _await_result(self, work: SessionWork, submitted_at: datetime) -> PhaseResult:
        waited = (self._clock.now() - submitted_at).total_seconds()
        if waited < self._first_look_seconds:
            return RequeueAfter(self._first_look_seconds - waited, "the grading engine's event")
        opened = step_of_attempt(OPEN_GRADING, work.session.grading_attempt)
        record = work.session.step(PipelineName.GRADE, opened)
        if record is None or self._grading is None:
            # submitted within this very call: the next look reads what it recorded
            return RequeueAfter(self._first_look_seconds, "the grading engine's event")
        ref = GradingOpened.model_validate(record.result).ref
        moved = await self._ask(work, self._grading, ref)
        if moved is not None:
            return moved
        limits = work.limits
        deadline = limits.grading_seconds or self._deadline_seconds
        if waited >= deadline and await self._is_reviewed(work):
            deadline = max(deadline, limits.review_seconds or self._review_deadline_seconds)
        if waited >= deadline:
            return await self._without_score(work, ref, f"timeout: no result within {deadline:g} s")
        return RequeueAfter(min(60.0, max(self._first_look_seconds, waited / 4)), "the grading engine")

    async def _is_reviewed(self, work: SessionWork) -> bool:
        """As recorded: an engine that cannot be asked just now does not cut a review short."""
        return (await self._sessions.grading_session(work.session.id)).status is GradingSessionStatus.REVIEWING

    async def _ask(self, work: SessionWork, grading: Grading, ref: GradingRef) -> PhaseResult | None:
        try:
            result = await grading.result(ref)
            if result.state is GradingState.PENDING:
                await grading.grade(ref)
        except (FarEndError, NotFound, Conflict) as error:
            log.warning("grading_result_unavailable", session_id=work.session.id, reason=error.message)
            return None
        match result.state:
            case GradingState.COMPLETED if result.score is not None:
                return await self._take_score(work, ref, result.score, result)
            case GradingState.FAILED:
                return await self._without_score(work, ref, result.error or "the grading engine failed")
            case GradingState.REVIEWING:
                body = GradingReviewRequested(engine_session_id=ref.session_id, engine_part_id=ref.part_id)
                await self._sessions.grading_review_requested(work.session.id, body)
                return None
            case _:
                return None

    async def _take_score(
        self, work: SessionWork, ref: GradingRef, score: GradingScore, result: GradingResult
    ) -> PhaseResult | None:
        log.warning("grading_event_missing", session_id=work.session.id, engine_session_id=ref.session_id)
        try:
            body = GradingCompleted(
                engine_session_id=ref.session_id,
                engine_part_id=ref.part_id,
                score=score.score,
                max_score=score.max_score,
                cut_score=score.cut_score,
                passed=score.passed,
                sections=score.sections,
                report_url=result.report_url,
                submitted_at=result.graded_at or self._clock.now(),
            )
        except ValidationError as error:
            why = "; ".join(each["msg"] for each in error.errors(include_url=False, include_input=False))
            return await self._without_score(work, ref, f"the grading engine gave an impossible score: {why}")
        answer = await self._sessions.grading_completed(work.session.id, body)
        return Moved() if answer.applied else None

    async def _without_score(self, work: SessionWork, ref: GradingRef | None, error: str) -> PhaseResult:
        body = GradingFailed(
            engine_session_id=ref.session_id if ref else None,
            engine_part_id=ref.part_id if ref else None,
            attempt=work.session.grading_attempt,
            error=error[:2000],
        )
        answer = await self._sessions.grading_failed(work.session.id, body)
        if answer.applied:
            return Moved()
        return RequeueAfter(
            self._first_look_seconds, f"another attempt at grading, since that one is over: {answer.why}"
        )


class GradingPhase:
    def __init__(self, stopping: Stopping, course: GradingCourse) -> None:
        self._stopping = stopping
        self._course = course

    async def __call__(self, work: SessionWork) -> PhaseResult:
        return await self._stopping.if_requested(work) or await self._course.go_on(work)


class RegradingPhase:
    """A session that is past its grading is graded once more, beside whatever else is done with it."""

    def __init__(self, course: GradingCourse) -> None:
        self._course = course

    async def __call__(self, work: SessionWork) -> PhaseResult:
        return await self._course.go_on(work) if work.session.regrading is not None else Done()
