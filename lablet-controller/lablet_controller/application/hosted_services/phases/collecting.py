"""COLLECTING: read the evidence while the lab still runs, and hand it over by the deadline."""

from __future__ import annotations

from lablet_controller.application.hosted_services.phases.phase import Moved, PhaseResult, Stopping, wait_on
from lablet_controller.application.services.assessment import COLLECT, Assessment
from lablet_controller.application.services.pipeline import Broken, Completed, Waiting
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.read_models import LabletSessionReadModel


class CollectingPhase:
    def __init__(self, stopping: Stopping, runner: PipelineRunner, assessment: Assessment) -> None:
        self._stopping = stopping
        self._runner = runner
        self._assessment = assessment

    async def __call__(self, work: SessionWork) -> PhaseResult:
        requested = await self._stopping.if_requested(work)
        if requested is not None:
            return requested
        session = _not_yet_collected(work.session)
        match await self._runner.run(self._assessment.collect_pipeline, session, work):
            case Completed():
                return Moved()
            case Waiting() as waiting:
                return wait_on(waiting)
            case Broken():
                await self._assessment.hand_over(work, ())
                return Moved()


def _not_yet_collected(session: LabletSessionReadModel) -> LabletSessionReadModel:
    """Handing over is part of the step: one recorded as completed belongs to an earlier collection."""
    kept = tuple(
        step
        for step in session.steps
        if (step.pipeline, step.step, step.status) != (PipelineName.COLLECT, COLLECT, StepStatus.COMPLETED)
    )
    return session.model_copy(update={"steps": kept})
