"""One attempt at one step of a pipeline."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Generic

import structlog

from lablet_controller.application.services.interruptions import Interruptions
from lablet_controller.application.services.pipeline import (
    Broken,
    Interrupted,
    NotYet,
    Step,
    StepAnswer,
    StepProgress,
    StepResult,
    Waiting,
    WorkT,
)
from lablet_controller.application.services.step_failures import StepFailure, classify
from lablet_controller.application.services.step_records import OLDEST_UNWRITTEN_SECONDS, StepRecords
from lcm_core.clock import Clock
from lcm_core.contracts.sessions import RecordStep
from lcm_core.coordination import NotLeader
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.errors import LcmError, StaleLeader
from lcm_core.domain.read_models import StepRecord
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)
_durations = meter("lablet_controller").create_histogram(
    "lcm_pipeline_step_seconds", unit="s", description="From a step's first start to its end, by pipeline and step."
)

_LONGEST_ERROR = 1900
_LAST_LOOK_SECONDS = 15.0


class _StepInterrupted(Exception):
    """The session is to end while a step that only looks was looking."""


class StepAttempt(Generic[WorkT]):
    """*record* is what is known of earlier attempts: how often, since when, and whether one has died under way."""

    def __init__(
        self,
        records: StepRecords,
        clock: Clock,
        interruptions: Interruptions,
        session_id: str,
        pipeline: PipelineName,
        step: Step[WorkT],
        record: StepRecord | None,
    ) -> None:
        self._records = records
        self._clock = clock
        self._interruptions = interruptions
        self._session_id = session_id
        self._pipeline = pipeline
        self._step = step
        self._record = record
        self._began = clock.now()
        self._started_at = (record.started_at if record else None) or self._began
        self._failures = record.attempts if record else 0

    async def make(
        self, work: WorkT, results: Mapping[str, Mapping[str, Any]]
    ) -> StepResult | Waiting | Broken | Interrupted:
        pause = self._pause_left()
        if pause > 0:
            return Waiting(self._step.name, pause, f"another attempt after: {self._last_error()}")
        if self._dies_every_time():
            return self._failed(StepFailure("the controller ended during every attempt at it", final=True))
        left = self._deadline_left()
        # Even past its deadline a step gets one short look: nobody may have been there to see that it is done.
        deadline = asyncio.timeout(None if left is None else max(left, _LAST_LOOK_SECONDS))
        try:
            async with deadline:
                answer = await self._run(work, StepProgress(self._elapsed(), results))
        except _StepInterrupted:
            return Interrupted()
        except TimeoutError:
            why = self._too_late() if deadline.expired() else "an answer did not come in time"
            return self._failed(StepFailure(why, final=deadline.expired()))
        except Exception as error:
            failure = classify(error, retries_refusals=self._step.policy.retries_refusals)
            if failure is not None:
                return self._failed(failure)
            if not isinstance(error, LcmError) and self._is_late():
                return self._failed(StepFailure(f"{self._too_late()}: {_defect(error)}", final=True))
            self._put_off(error)
            raise
        if isinstance(answer, NotYet):
            if self._is_late():
                return self._failed(StepFailure(f"{self._too_late()}: {answer.waiting_for}", final=True))
            return self._not_yet(answer)
        self._completed(answer)
        return answer

    async def _run(self, work: WorkT, progress: StepProgress) -> StepAnswer:
        """A step that takes its time is told of while it is under way: people see it, and whoever takes over after a
        crash knows since when it runs and how often it was tried."""
        running = asyncio.ensure_future(self._step.run(work, progress))
        asked = asyncio.ensure_future(self._interruptions.wait(self._session_id)) if self._step.only_looks else None
        try:
            await asyncio.wait({running}, timeout=OLDEST_UNWRITTEN_SECONDS)
            if not running.done() and not self._waits():
                self._save(StepStatus.RUNNING, self._failures + 1)
                await self._records.try_to_write()
            await asyncio.wait({running, asked} if asked else {running}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                raise _StepInterrupted
            return running.result()
        finally:
            both: list[asyncio.Future[Any]] = [running, *([asked] if asked else [])]
            left_over = [task for task in both if not task.done()]
            for task in left_over:
                task.cancel()
            await asyncio.gather(*left_over, return_exceptions=True)

    def _completed(self, result: StepResult) -> None:
        self._save(StepStatus.COMPLETED, self._failures + 1, result=result.model_dump(mode="json"))
        labels = {"pipeline": self._pipeline.value, "step": self._step.name}
        _durations.record(self._elapsed(), labels)

    def _not_yet(self, answer: NotYet) -> Waiting:
        self._begin_to_wait(answer.waiting_for)
        return Waiting(self._step.name, answer.seconds, answer.waiting_for)

    def _put_off(self, error: Exception) -> None:
        """No failure of the step, which is tried again; that it has begun, and why it is not done, is seen all the
        same. Whoever leads no more says nothing."""
        if not isinstance(error, (NotLeader, StaleLeader)):
            self._begin_to_wait(error.message if isinstance(error, LcmError) else _defect(error))

    def _begin_to_wait(self, waiting_for: str) -> None:
        """Recorded once, when the waiting begins: from then on its start is known to everyone."""
        if not self._waits():
            self._save(StepStatus.RUNNING, self._failures, waiting_for=waiting_for[:_LONGEST_ERROR])

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
        self,
        status: StepStatus,
        attempts: int,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
        waiting_for: str | None = None,
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
                waiting_for=waiting_for,
                may_skip=self._step.may_skip,
                retries=self._record.retries if self._record else 0,
            )
        )

    def _waits(self) -> bool:
        """Whether it is on record that the step has begun and waits."""
        record = self._record
        return record is not None and record.status is StepStatus.RUNNING and record.waiting_for is not None

    def _dies_every_time(self) -> bool:
        record, most = self._record, self._step.policy.attempts
        under_way = record is not None and record.status is StepStatus.RUNNING and not self._waits()
        return under_way and most is not None and self._failures >= most

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


def _defect(error: Exception) -> str:
    """Its text may hold anything, so it is left to the log."""
    return f"a defect of the controller ({type(error).__name__})"
