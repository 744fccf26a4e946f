"""Runs pipelines, recording every step through control-plane-api."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lablet_controller.application.services.interruptions import Interruptions
from lablet_controller.application.services.pipeline import (
    Completed,
    Interrupted,
    Pipeline,
    PipelineOutcome,
    StepResult,
    WorkT,
)
from lablet_controller.application.services.step_attempt import StepAttempt
from lablet_controller.application.services.step_records import StepRecords
from lcm_core.clock import Clock
from lcm_core.domain.enums import StepStatus
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.integration.clients.sessions_api import SessionsApi


class PipelineRunner:
    """Runs pipelines of one session at a time."""

    def __init__(self, sessions: SessionsApi, clock: Clock, interruptions: Interruptions | None = None) -> None:
        self._sessions = sessions
        self._clock = clock
        self._interruptions = interruptions or Interruptions()

    async def run(self, pipeline: Pipeline[WorkT], session: LabletSessionReadModel, work: WorkT) -> PipelineOutcome:
        """Go on with *pipeline* as far as it goes now. Errors of control-plane-api itself pass through."""
        results: dict[str, Mapping[str, Any]] = {}
        ended_at = session.status_changed_at
        records = StepRecords(self._sessions, self._clock, session.id, session.worker_id)
        for step in pipeline.steps:
            record = session.step(pipeline.name, step.name)
            if record is not None and record.status in (StepStatus.COMPLETED, StepStatus.SKIPPED):
                results[step.name] = record.result
                ended_at = record.ended_at or ended_at
                continue
            if pipeline.interruptible and self._interruptions.requested(session.id):
                await records.write()
                return Interrupted()
            attempt = StepAttempt(records, self._clock, self._interruptions, session.id, pipeline.name, step, record)
            try:
                answer = await attempt.make(work, results)
            except Exception:
                # What is done, and since when this step is tried, must not be forgotten with it.
                await records.try_to_write()
                raise
            if not isinstance(answer, StepResult):
                await records.write()
                return answer
            results[step.name] = answer.model_dump(mode="json")
            ended_at = self._clock.now()
            await records.write_if_old()
        await records.write()
        return Completed(ended_at)
