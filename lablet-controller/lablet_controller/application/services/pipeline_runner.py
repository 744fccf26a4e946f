"""Runs pipelines.

Because a second run of a step is harmless, the records of quick steps need not hold up the next step: they are written
together when the pipeline pauses or ends, and at the latest when the oldest of them is a quarter of a second old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Generic

import structlog

from lablet_controller.application.services.pipeline import (
    Broken,
    Completed,
    NotYet,
    Pipeline,
    PipelineOutcome,
    Step,
    StepProgress,
    StepResult,
    Waiting,
    WorkT,
)
from lablet_controller.application.services.step_failures import StepFailure, classify
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import RecordStep
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.read_models import LabletSessionReadModel, StepRecord
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_durations = meter("lablet_controller").create_histogram(
    "lcm_pipeline_step_seconds", unit="s", description="From a step's first start to its end, by pipeline and step."
)

_LONGEST_ERROR = 1900
_LAST_LOOK_SECONDS = 15.0
_OLDEST_UNWRITTEN_SECONDS = 0.25


class PipelineRunner:
    """Runs pipelines of one session at a time, recording every step through control-plane-api."""

    def __init__(self, sessions: SessionsApi, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def run(self, pipeline: Pipeline[WorkT], session: LabletSessionReadModel, work: WorkT) -> PipelineOutcome:
        """Go on with *pipeline* as far as it goes now. Errors of control-plane-api itself pass through."""
        results: dict[str, Mapping[str, Any]] = {}
        ended_at = session.status_changed_at
        records = _StepRecords(self._sessions, self._clock, session.id)
        for step in pipeline.steps:
            record = session.step(pipeline.name, step.name)
            if record is not None and record.status in (StepStatus.COMPLETED, StepStatus.SKIPPED):
                results[step.name] = record.result
                ended_at = record.ended_at or ended_at
                continue
            attempt = _Attempt(records, self._clock, session.id, pipeline.name, step, record)
            answer = await attempt.make(work, results)
            if not isinstance(answer, StepResult):
                await records.write()
                return answer
            results[step.name] = answer.model_dump(mode="json")
            ended_at = self._clock.now()
            await records.write_if_old()
        await records.write()
        return Completed(ended_at)


class _StepRecords:
    """Checkpoints on their way to control-plane-api, in order."""

    def __init__(self, sessions: SessionsApi, clock: Clock, session_id: str) -> None:
        self._sessions = sessions
        self._clock = clock
        self._session_id = session_id
        self._unwritten: list[RecordStep] = []
        self._oldest_at = 0.0

    def add(self, record: RecordStep) -> None:
        if not self._unwritten:
            self._oldest_at = self._clock.monotonic()
        self._unwritten.append(record)

    async def write_if_old(self) -> None:
        if self._unwritten and self._clock.monotonic() - self._oldest_at >= _OLDEST_UNWRITTEN_SECONDS:
            await self.write()

    async def write(self) -> None:
        while self._unwritten:
            await self._sessions.record_step(self._session_id, self._unwritten[0])
            del self._unwritten[0]


class _Attempt(Generic[WorkT]):
    """One attempt at one step."""

    def __init__(
        self,
        records: _StepRecords,
        clock: Clock,
        session_id: str,
        pipeline: PipelineName,
        step: Step[WorkT],
        record: StepRecord | None,
    ) -> None:
        self._records = records
        self._clock = clock
        self._session_id = session_id
        self._pipeline = pipeline
        self._step = step
        self._record = record
        self._began = clock.now()
        self._started_at = (record.started_at if record else None) or self._began
        self._failures = record.attempts if record else 0

    async def make(self, work: WorkT, results: Mapping[str, Mapping[str, Any]]) -> StepResult | Waiting | Broken:
        pause = self._pause_left()
        if pause > 0:
            return Waiting(self._step.name, pause, f"another attempt after: {self._last_error()}")
        progress = StepProgress(self._elapsed(), results)
        left = self._deadline_left()
        # Even past its deadline a step gets one short look: nobody may have been there to see that it is done.
        deadline = asyncio.timeout(None if left is None else max(left, _LAST_LOOK_SECONDS))
        try:
            async with deadline:
                answer = await self._step.run(work, progress)
        except TimeoutError:
            why = self._too_late() if deadline.expired() else "an answer did not come in time"
            return self._failed(StepFailure(why, final=deadline.expired()))
        except Exception as error:
            failure = classify(error, retries_refusals=self._step.policy.retries_refusals)
            if failure is None:
                raise
            return self._failed(failure)
        if isinstance(answer, NotYet):
            if self._is_late():
                return self._failed(StepFailure(f"{self._too_late()}: {answer.waiting_for}", final=True))
            return self._not_yet(answer)
        self._completed(answer)
        return answer

    def _completed(self, result: StepResult) -> None:
        self._save(StepStatus.COMPLETED, self._failures + 1, result=result.model_dump(mode="json"))
        labels = {"pipeline": self._pipeline.value, "step": self._step.name}
        _durations.record(self._elapsed(), labels)

    def _not_yet(self, answer: NotYet) -> Waiting:
        """Recorded once, when the waiting begins: from then on its start is known to everyone."""
        if self._record is None or self._record.status is not StepStatus.RUNNING:
            self._save(StepStatus.RUNNING, self._failures)
        return Waiting(self._step.name, answer.seconds, answer.waiting_for)

    def _failed(self, failure: StepFailure) -> Waiting | Broken:
        attempts, policy = self._failures + 1, self._step.policy
        exhausted = self._is_late() or (policy.attempts is not None and attempts >= policy.attempts)
        error = failure.reason[:_LONGEST_ERROR]
        log.warning(
            "pipeline_step_failed",
            session_id=self._session_id,
            pipeline=self._pipeline.value,
            step=self._step.name,
            attempts=attempts,
            reason=error,
        )
        self._save(StepStatus.FAILED, attempts, error=error)
        if failure.final or exhausted:
            if policy.attempts is None:
                return Waiting(self._step.name, policy.longest_pause_seconds, error)
            return Broken(self._step.name, error if failure.final else f"{error} (tried {attempts} times)")
        return Waiting(self._step.name, policy.pause_seconds(attempts), f"another attempt after: {error}")

    def _save(
        self, status: StepStatus, attempts: int, *, result: dict[str, Any] | None = None, error: str | None = None
    ) -> None:
        self._records.add(
            RecordStep(
                pipeline=self._pipeline,
                step=self._step.name,
                status=status,
                attempts=attempts,
                started_at=self._started_at,
                ended_at=None if status is StepStatus.RUNNING else self._clock.now(),
                result=result or {},
                error=error,
            )
        )

    def _pause_left(self) -> float:
        """Recording a failure wakes the session at once; the pause after it is kept all the same."""
        record = self._record
        if record is None or record.status is not StepStatus.FAILED or record.ended_at is None:
            return 0
        passed = (self._began - record.ended_at).total_seconds()
        return self._step.policy.pause_seconds(record.attempts) - passed

    def _elapsed(self) -> float:
        return max(0.0, (self._clock.now() - self._started_at).total_seconds())

    def _deadline_left(self) -> float | None:
        seconds = self._step.policy.deadline_seconds
        return None if seconds is None else seconds - self._elapsed()

    def _is_late(self) -> bool:
        left = self._deadline_left()
        return left is not None and left <= 0

    def _last_error(self) -> str:
        return (self._record.error if self._record else None) or ""

    def _too_late(self) -> str:
        return f"not done within {self._step.policy.deadline_seconds:g} s"
