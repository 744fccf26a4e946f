"""COLLECTING: read the evidence while the lab still runs, and hand it over by the deadline."""

from __future__ import annotations

from lablet_controller.application.hosted_services.phases.host_recovery import HOST_BACK_STEP, HostRecovery
from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping, wait_on
from lablet_controller.application.services.assessment import COLLECT, Assessment
from lablet_controller.application.services.pipeline import Broken, Completed, Interrupted, Waiting
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.read_models import LabletSessionReadModel, StepRecord


class CollectingPhase:
    def __init__(
        self, stopping: Stopping, recovery: HostRecovery, runner: PipelineRunner, assessment: Assessment
    ) -> None:
        self._recovery = recovery
        self._stopping = stopping
        self._runner = runner
        self._assessment = assessment

    async def __call__(self, work: SessionWork) -> PhaseResult:
        requested = await self._stopping.if_requested(work) or await self._recovery.attend(work)
        if requested is not None:
            return requested
        gone = await self._recovery.notice_lab(work)
        if gone is not None:
            return gone
        session = _not_yet_collected(work.session)
        pipeline = self._assessment.collect_pipeline
        limit = work.limits.collection_seconds
        if limit is not None:
            # longer than collecting itself, so that handing over what was collected is not cut off
            pipeline = pipeline.with_deadline(COLLECT, limit + 60)
        match await self._runner.run(pipeline, session, work):
            case Completed() | Interrupted():
                return Moved()
            case Waiting() as waiting:
                return wait_on(waiting)
            case Broken():
                await self._assessment.hand_over(work, ())
                return Moved()


def _not_yet_collected(session: LabletSessionReadModel) -> LabletSessionReadModel:
    """Handing over is part of the step: one recorded as completed belongs to an earlier collection, and what began
    before the host was lost is begun anew."""
    back = session.step(PipelineName.COLLECT, HOST_BACK_STEP)

    def is_over(step: StepRecord) -> bool:
        if (step.pipeline, step.step) != (PipelineName.COLLECT, COLLECT):
            return False
        before = (
            back is not None and step.started_at is not None and step.started_at < (back.ended_at or step.started_at)
        )
        return before or step.status is StepStatus.COMPLETED

    kept = tuple(step for step in session.steps if not is_over(step))
    return session.model_copy(update={"steps": kept})
