"""A lablet session as the reconcilers and the user interface see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime, Field

from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import (
    BookingPriority,
    LabletSessionStatus,
    LicenseType,
    PipelineName,
    SessionOutcome,
    StepStatus,
)
from lcm_core.domain.lab_nodes import LabNodeState
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.read_models.base import AggregateReadModel, ReadModel
from lcm_core.domain.values import (
    AmiRequirement,
    Candidate,
    HostLossTerms,
    PortBinding,
    PortRequest,
    PromiseRisk,
    RecoveryHold,
    Regrading,
    ResourceVector,
    Timeslot,
)
from lcm_core.domain.warm_pool import WarmStart

NO_SHOW_STEP = "no_show_due"
"""Recorded by the slot clock when a learner's time to come is over: whoever can tell is to say whether they came."""


class StateChange(ReadModel):
    source: LabletSessionStatus | None
    target: LabletSessionStatus
    at: AwareDatetime
    by: str
    reason: str = ""


class StepRecord(ReadModel):
    """Checkpoint of one pipeline step; ``result`` is what a second run of the step finds instead of acting again.

    RUNNING is a step that waits, for what ``waiting_for`` says, or else an attempt that is under way, or was when its
    process died. ``may_skip`` says that the session can do without it, if an operator says so.
    """

    pipeline: PipelineName
    step: str
    status: StepStatus
    attempts: int = 0
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    duration_seconds: float | None = None
    result: dict[str, Any] = Field(default_factory=dict)
    error: str | None = None
    waiting_for: str | None = None
    may_skip: bool = False
    retries: int = Field(default=0, description="How often an operator had it begin anew.")


class LabletSessionReadModel(AggregateReadModel):
    status: LabletSessionStatus
    terminate_requested: bool = False
    outcome: SessionOutcome | None = None
    outcome_reason: str = ""
    definition_id: str
    definition_name: str
    definition_version: str
    form_qualified_name: str
    content_hash: str
    reservation_id: str
    owner_id: str
    candidate: Candidate
    timeslot: Timeslot
    lead_seconds: int
    teardown_seconds: int
    requirements: ResourceVector
    license_affinity: tuple[LicenseType, ...]
    ami_requirement: AmiRequirement
    nested_virtualization: bool = False
    """Whether its worker must be able to run virtual machines; false for who was booked before that was asked."""
    port_requests: tuple[PortRequest, ...] = ()
    grading_enabled: bool = True
    asap: bool = False
    priority: BookingPriority = BookingPriority.SELF_STUDY
    no_show_seconds: int | None = None
    grace_seconds: int | None = None
    host_loss: HostLossTerms | None = None
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()
    promised_worker_id: str | None = None
    promise_risk: PromiseRisk | None = None
    """Until a worker that is up has its room."""
    ending_warned_for: AwareDatetime | None = None
    worker_id: str | None = None
    allocated_ports: tuple[PortBinding, ...] = ()
    cml_lab_id: str | None = None
    lab_nodes: tuple[LabNodeState, ...] = Field(
        default=(), description="Each node of its lab as its host last told, by label; empty before it did."
    )
    lab_nodes_at: AwareDatetime | None = Field(default=None, description="When the last of them was seen to change.")
    warm_start: WarmStart | None = None
    """How it began, if its definition has a warm pool."""
    user_session_id: str | None = None
    lds_session_id: str | None = None
    login_url: str | None = None
    grading_session_id: str | None = None
    grading_attempt: int = 1
    regrading: Regrading | None = None
    collection: int = 1
    evidence_sha256: str | None = None
    artefact_count: int = 0
    observed: ObservedResources | None = Field(
        default=None, description="What its lab had and used when the learner's time was over, if its host told."
    )
    score_report_id: str | None = None
    score: float | None = None
    max_score: float | None = None
    passed: bool | None = None
    pending_reason: str = ""
    recovery: RecoveryHold | None = None
    steps: tuple[StepRecord, ...] = ()
    state_history: tuple[StateChange, ...] = ()
    lab_gone: bool = False
    capacity_released: bool = False
    lds_archived: bool = False
    stirred_at: AwareDatetime | None = None
    """When an operator last had a step tried again or skipped: whoever handles the session looks at once."""
    status_changed_at: AwareDatetime

    def occupation(self) -> Timeslot:
        """The interval during which a host is held for this session, in whole capacity slots."""
        lead, teardown = timedelta(seconds=self.lead_seconds), timedelta(seconds=self.teardown_seconds)
        return self.timeslot.widened(lead, teardown).on_grid()

    def no_show_at(self) -> datetime:
        """From when on the learner of a READY session who has not logged in did not come; at the latest at the end.

        The time for it runs from the start of the slot, or from when the lab was ready if that was later.
        """
        if self.no_show_seconds is None:
            return self.timeslot.end
        invited_at = max(self.timeslot.start, self.status_changed_at)
        return min(self.timeslot.end, invited_at + timedelta(seconds=self.no_show_seconds))

    def asked_whether_learner_came(self) -> bool:
        """Whether the slot clock has asked, for the time that the learner has now."""
        asked = self.step(PipelineName.COLLECT, NO_SHOW_STEP)
        return asked is not None and asked.result.get("due_at") == self.no_show_at().isoformat()

    def step(self, pipeline: PipelineName, step: str) -> StepRecord | None:
        """The checkpoint of one step, None when it never ran."""
        return next((found for found in self.steps if found.pipeline == pipeline and found.step == step), None)
