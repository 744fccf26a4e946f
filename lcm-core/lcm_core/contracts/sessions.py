"""Requests that move a lablet session along its life cycle."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, Field, model_validator

from lcm_core.contracts.base import Contract, InboundEventKey, Reason
from lcm_core.domain.enums import (
    EvidenceSource,
    LabFinding,
    LabletSessionStatus,
    PipelineName,
    SessionOutcome,
    StepStatus,
)
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.read_models import PlacementDecision, ScoreSection
from lcm_core.domain.values import DeviceAccess


class ScheduleSession(Contract):
    """Place a PENDING session on a worker; capacity and ports are granted in the same transaction or not at all."""

    worker_id: str
    decision: PlacementDecision


class PromiseCapacity(Contract):
    """Have the room of a session that has not begun held by another worker: by *worker_id*, or by whoever can.

    Workers in ``exclude`` are not considered. Without ``worker_id`` and without room anywhere, the promise is recorded
    as lost with the reason.
    """

    reason: Reason
    worker_id: str | None = None
    exclude: tuple[str, ...] = ()


class ReportPromiseAtRisk(Contract):
    """``worker_id``, which holds the room of a session that has not begun, has not come up in time.

    Another worker holds the room from now on if one can; ``worker_id`` and workers in ``exclude`` are not
    considered. When none can, ``worker_id`` goes on holding it: it may come up after all.
    """

    worker_id: str
    reason: Reason
    exclude: tuple[str, ...] = ()


class PromiseAnswer(Contract):
    """Which worker holds the room now; None when nobody can, with ``summary`` saying why."""

    worker_id: str | None
    changed: bool
    summary: str


class WarnSessionEnding(Contract):
    """The slot of a RUNNING session ends soon; told once per end of slot."""

    ends_at: AwareDatetime


class AdjustOccupation(Contract):
    """Hold the room until another instant: longer for a session that overruns, shorter for one that ended early."""

    until: AwareDatetime
    reason: Reason


class RecordPlacementDecision(Contract):
    """Keep a decision that placed nothing; its summary becomes the session's pending reason."""

    decision: PlacementDecision


class UnscheduleSession(Contract):
    """Take a session that has not begun off its worker and back to PENDING.

    With ``worker_id`` only if it is still on that one: whoever asks may have looked before it was moved.
    """

    reason: Reason
    worker_id: str | None = None


class SessionHostLost(Contract):
    """The host of a session is lost, as the record of ``worker_id`` says; or it answers and ``lab`` is what it says.

    What follows is decided by where the session stands and by its terms. Late when it is on another worker by now.
    """

    worker_id: str
    lab: LabFinding | None = None
    reason: Reason = ""


class SessionRecovered(Contract):
    """The host is back and the lab runs on it; ``lab_restarted`` when its nodes had to be started again."""

    worker_id: str
    lab_restarted: bool = False
    reason: Reason = ""


class GiveUpRecovery(Contract):
    """The host of a session that waits for it is not back by ``deadline``: it ends."""

    deadline: AwareDatetime


class RecordStep(Contract):
    """Checkpoint of a pipeline step; reporting the same state twice changes nothing."""

    pipeline: PipelineName
    step: Annotated[str, Field(min_length=1, max_length=64)]
    status: StepStatus
    attempts: Annotated[int, Field(ge=0)]
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    result: dict[str, Any] = Field(default_factory=dict[str, Any])
    error: Reason | None = None
    waiting_for: Reason | None = None
    may_skip: bool = False
    retries: Annotated[int, Field(ge=0)] = 0
    """Of the record that the attempt began with; one that an operator has had begin anew since then is not told."""
    worker_id: str | None = None
    """On which worker; refused once the session is on another one."""


class BindLab(Contract):
    """The imported lab's id on the CML of ``worker_id``; refused once the session is on another worker."""

    cml_lab_id: str
    replaces: str | None = None
    """The prepared lab that the session was to begin on, and that is gone from the host."""
    worker_id: str | None = None


class MarkSessionReady(Contract):
    """INSTANTIATING → READY, and the user session with its devices, atomically."""

    cml_lab_id: str
    lds_session_id: str
    lds_deployment: str = ""
    login_url: str
    devices: tuple[DeviceAccess, ...]
    worker_id: str | None = None
    """On which worker; refused once the session is on another one."""


class SessionStarted(Contract):
    """The learner logged in (lds.session.started)."""

    lds_session_id: str
    started_at: AwareDatetime
    event: InboundEventKey | None = None


class SessionEnded(Contract):
    """The learner finished or the delivery system ended the session (lds.session.ended)."""

    lds_session_id: str
    ended_at: AwareDatetime
    reason: Reason = ""
    event: InboundEventKey | None = None


class SessionPaused(Contract):
    """The learner or a proctor stopped the clock (lds.session.paused)."""

    lds_session_id: str
    paused_at: AwareDatetime
    event: InboundEventKey | None = None


class SessionResumed(Contract):
    """The clock goes on (lds.session.resumed)."""

    lds_session_id: str
    resumed_at: AwareDatetime
    event: InboundEventKey | None = None


class SessionFaulted(Contract):
    """The delivery system reported an error and is done with the session (lds.session.faulted)."""

    lds_session_id: str
    faulted_at: AwareDatetime
    error: Reason
    event: InboundEventKey | None = None


class StartCollection(Contract):
    """RUNNING → COLLECTING; ``reason`` says who or what asked: learner_finished, timeslot_end, operator."""

    reason: Reason


class EvidenceArtefact(Contract):
    """One collected text in the object store: *key* in its bucket, the hash in hexadecimal, the size in bytes."""

    key: Annotated[str, Field(min_length=1, max_length=1024)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(ge=0)]
    content_type: str = "text/plain; charset=utf-8"


class CommandOutput(Contract):
    """*source* tells how it was got. With an ``artefact`` the text is kept there and ``output`` is empty."""

    command: str
    output: str = ""
    error: str | None = None
    collected_at: AwareDatetime
    source: EvidenceSource = EvidenceSource.CONSOLE
    artefact: EvidenceArtefact | None = None

    @property
    def was_answered(self) -> bool:
        """Whether there is something of it, be it cut."""
        return self.error is None or bool(self.output) or self.artefact is not None


class DeviceCollection(Contract):
    """What was read from one node; ``error`` when it did not answer, ``note`` for what else must be known of it."""

    node_label: str
    node_definition: str
    outputs: tuple[CommandOutput, ...] = ()
    error: str | None = None
    note: str = ""

    @property
    def was_read(self) -> bool:
        """Whether the device itself answered; what else failed stands in its outputs."""
        return self.error is None and any(output.was_answered for output in self.outputs)


class CollectionCompleted(Contract):
    """COLLECTING → GRADING with the evidence; partial results are kept and the missing devices named.

    When grading is not wanted, or nothing at all was collected, the session goes to STOPPING instead.
    """

    devices: tuple[DeviceCollection, ...]
    collected_at: AwareDatetime
    collection: int | None = Field(default=None, description="Which one; word of an earlier one is late.")
    observed: ObservedResources | None = None


class GradingSubmitted(Contract):
    """The grading engine accepted the evidence under these ids."""

    engine_session_id: str
    engine_part_id: str
    attempt: int | None = Field(default=None, description="Which one; word of an earlier one is late.")


class GradingReviewRequested(Contract):
    """A person has to look at it before there is a score (grading.session.review)."""

    engine_session_id: str
    engine_part_id: str | None = None
    event: InboundEventKey | None = None


class GradingCompleted(Contract):
    """Final score (grading.session.completed): score report, GRADING → STOPPING."""

    engine_session_id: str
    engine_part_id: str | None = None
    score: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    max_score: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    cut_score: Annotated[float, Field(allow_inf_nan=False)]
    passed: bool
    sections: tuple[ScoreSection, ...] = ()
    report_url: str = ""
    submitted_at: AwareDatetime
    event: InboundEventKey | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if self.score > self.max_score:
            raise ValueError(f"a score of {self.score:g} is more than the {self.max_score:g} that can be had")
        return self


class GradingFailed(Contract):
    """No score to be had (grading.session.failed, time-out, skipped): the reason is kept, the session ends clean."""

    engine_session_id: str | None = None
    engine_part_id: str | None = None
    attempt: int | None = Field(default=None, description="Which one; word of an earlier one is late.")
    error: Reason
    event: InboundEventKey | None = None


class StopSession(Contract):
    """Move to STOPPING (or straight to TERMINATED when nothing exists anywhere) with an outcome."""

    outcome: SessionOutcome
    reason: Reason


class MarkSessionStopped(Contract):
    """The lab is proven gone: STOPPING → STOPPED; ports and capacity are given back in the same transaction."""

    proof: Reason


class MarkSessionArchived(Contract):
    """The delivery session is archived, or there never was one: STOPPED → ARCHIVED."""

    note: Reason = ""


class AssessAgain(Contract):
    """An operator has a session collected or graded, perhaps again; the reason is kept with the event."""

    reason: Annotated[str, Field(min_length=3, max_length=2000)]


class TransitionSession(Contract):
    """Manual override by an operator; only moves of the transition table are accepted."""

    target: LabletSessionStatus
    reason: Annotated[str, Field(min_length=3, max_length=2000)]
