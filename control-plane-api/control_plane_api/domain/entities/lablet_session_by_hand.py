"""What an operator may ask of a session whose pipeline does not go on by itself, and who may be moved at all."""

from __future__ import annotations

from collections.abc import Mapping

from control_plane_api.domain.entities.lablet_session_assessment import LabletSessionAssessment
from control_plane_api.domain.events import lablet_session_by_hand_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import when
from lcm_core.domain.enums import LabletSessionStatus, PipelineName, StepStatus
from lcm_core.domain.errors import NotFound, RuleViolation
from lcm_core.domain.read_models import StepRecord
from lcm_core.domain.transitions import LABLET_SESSION_VALID_TRANSITIONS

_S = LabletSessionStatus
PIPELINE_OF: Mapping[LabletSessionStatus, PipelineName] = {
    _S.INSTANTIATING: PipelineName.INSTANTIATE,
    _S.COLLECTING: PipelineName.COLLECT,
    _S.GRADING: PipelineName.GRADE,
    _S.STOPPING: PipelineName.TEARDOWN,
    _S.STOPPED: PipelineName.TEARDOWN,
}
"""Which pipeline runs in which status."""
NOT_BEGUN = frozenset({_S.PENDING, _S.SCHEDULED, _S.INSTANTIATING, _S.READY})
"""Nobody has worked on it: it may begin on another worker."""
_UNFINISHED = frozenset({StepStatus.RUNNING, StepStatus.FAILED})


class LabletSessionByHand(LabletSessionAssessment):
    """Methods that answer bool say whether anything changed."""

    def require_movable(self) -> None:
        """Raises IllegalTransition, naming both states, once the learner has begun; RuleViolation when it is to go."""
        if self.state.status not in NOT_BEGUN:
            self._require_back_to_pending()
        self._refuse_when_terminating()

    def require_still_on(self, worker_id: str | None) -> None:
        """Raises RuleViolation for news of an attempt on a worker that it has left since; None names no worker."""
        if worker_id is not None and worker_id != self.state.worker_id:
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value} and no longer on worker {worker_id}.",
                code="on-another-worker",
                facts={"worker_id": self.state.worker_id, "told_of": worker_id},
            )

    def retry_step(self, pipeline: PipelineName | None, step: str | None, reason: str, stamp: Stamp) -> bool:
        """Raises RuleViolation for a step that is done, or of a pipeline that does not run now."""
        record = self._step_at_hand(pipeline, step, "tried again")
        if record.status is StepStatus.PENDING:
            return False
        if record.status is StepStatus.COMPLETED:
            raise self._not_now(record, "is done; what it made stands", "step-is-done")
        self.record(
            events.LabletSessionStepRetriedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                pipeline=record.pipeline,
                step=record.step,
                attempts=record.attempts,
                error=record.error or "",
                reason=reason,
            )
        )
        return True

    def skip_step(self, pipeline: PipelineName | None, step: str, reason: str, stamp: Stamp) -> bool:
        """Raises RuleViolation as ``retry_step`` does, and for a step that the session cannot do without."""
        record = self._step_at_hand(pipeline, step, "skipped")
        if record.status is StepStatus.SKIPPED:
            return False
        if record.status is StepStatus.COMPLETED:
            raise self._not_now(record, "is done; what it made stands", "step-is-done")
        if not record.may_skip:
            raise self._not_now(record, "cannot be done without; retry it, or stop the session", "step-is-needed")
        self.record(
            events.LabletSessionStepSkippedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                pipeline=record.pipeline,
                step=record.step,
                attempts=record.attempts,
                error=record.error or "",
                reason=reason,
            )
        )
        return True

    def _require_back_to_pending(self) -> None:
        targets = LABLET_SESSION_VALID_TRANSITIONS[self.state.status] - {_S.PENDING}
        require_transition(
            self.kind,
            self.id,
            {**LABLET_SESSION_VALID_TRANSITIONS, self.state.status: targets},
            self.state.status,
            _S.PENDING,
        )

    def _step_at_hand(self, pipeline: PipelineName | None, step: str | None, what: str) -> StepRecord:
        running = self._running_pipelines()
        wanted = (pipeline,) if pipeline is not None else running
        if not running or (pipeline is not None and pipeline not in running):
            raise self._wrong_pipeline(pipeline, what)
        found = [each for each in self.state.steps if each.pipeline in wanted]
        if step is not None:
            found = [each for each in found if each.step == step]
            if not found:
                raise NotFound("step that has begun", f"{wanted[0].value}/{step} of session {self.id}")
            return found[-1]
        unfinished = [each for each in found if each.status in _UNFINISHED]
        if not unfinished:
            raise RuleViolation(
                f"Session {self.id!r} is {self.state.status.value} and at no step that could be {what}.",
                code="no-step-at-hand",
                facts={"status": self.state.status.value},
            )
        return unfinished[-1]

    def _running_pipelines(self) -> tuple[PipelineName, ...]:
        own = PIPELINE_OF.get(self.state.status)
        regrading = PipelineName.GRADE if self.state.regrading is not None else None
        return tuple(each for each in (own, regrading) if each is not None)

    def _wrong_pipeline(self, pipeline: PipelineName | None, what: str) -> RuleViolation:
        wanted = [status.value for status, own in PIPELINE_OF.items() if pipeline in (None, own)]
        status = self.state.status.value
        which = f"Steps of {pipeline.value}" if pipeline is not None else "Steps"
        return RuleViolation(
            f"Session {self.id!r} is {status}. {which} can be {what} while it is {' or '.join(wanted)}.",
            code="other-status",
            facts={"status": status, "needed": list(wanted)},
        )

    def _not_now(self, record: StepRecord, why: str, code: str) -> RuleViolation:
        return RuleViolation(
            f"Session {self.id!r} is {self.state.status.value}: its step {record.step!r} {why}.",
            code=code,
            facts={"status": self.state.status.value, "step": record.step, "step_status": record.status.value},
        )

    @when(events.LabletSessionStepRetriedDomainEvent)
    def _step_retried(self, event: events.LabletSessionStepRetriedDomainEvent) -> None:
        fresh = {"status": StepStatus.PENDING, "attempts": 0, "started_at": None, "ended_at": None}
        known = self.step(event.pipeline, event.step)
        retries = known.retries + 1 if known is not None else 1
        cleared = {"duration_seconds": None, "error": None, "waiting_for": None, "retries": retries}
        self._change_step(event.pipeline, event.step, {**fresh, **cleared})
        self.state.stirred_at = event.at

    @when(events.LabletSessionStepSkippedDomainEvent)
    def _step_skipped(self, event: events.LabletSessionStepSkippedDomainEvent) -> None:
        told = f"skipped by {event.by}: {event.reason}"[:2000]
        change = {"status": StepStatus.SKIPPED, "ended_at": event.at, "waiting_for": None, "error": told}
        self._change_step(event.pipeline, event.step, change)
        self.state.stirred_at = event.at

    def _change_step(self, pipeline: PipelineName, step: str, change: Mapping[str, object]) -> None:
        self.state.steps = tuple(
            each.model_copy(update=change) if (each.pipeline, each.step) == (pipeline, step) else each
            for each in self.state.steps
        )
