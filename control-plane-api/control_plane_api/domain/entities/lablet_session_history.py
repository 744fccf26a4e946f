"""What a lablet session remembers, and how each event changes it."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import lablet_session_events as events
from control_plane_api.domain.events import lablet_session_ports_events as ports_events
from control_plane_api.domain.events import lablet_session_promise_events as promise_events
from control_plane_api.domain.events import lablet_session_recovery_events as recovery_events
from control_plane_api.domain.events.registry import StampedEvent
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import (
    SESSION_STATUSES_ON_A_HOST,
    BookingPriority,
    LabletSessionStatus,
    LicenseType,
    PipelineName,
    SessionOutcome,
)
from lcm_core.domain.lab_nodes import LabNodeState
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.read_models import StateChange, StepRecord
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


class LabletSessionState(BaseModel):
    """Fields of LabletSessionReadModel; see there."""

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
    port_requests: tuple[PortRequest, ...]
    grading_enabled: bool
    asap: bool = False
    priority: BookingPriority = BookingPriority.SELF_STUDY
    no_show_seconds: int | None = None
    grace_seconds: int | None = None
    host_loss: HostLossTerms | None = None
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()
    promised_worker_id: str | None = None
    promise_risk: PromiseRisk | None = None
    ending_warned_for: AwareDatetime | None = None
    worker_id: str | None = None
    allocated_ports: tuple[PortBinding, ...] = ()
    cml_lab_id: str | None = None
    lab_nodes: tuple[LabNodeState, ...] = ()
    lab_nodes_at: AwareDatetime | None = None
    warm_start: WarmStart | None = None
    user_session_id: str | None = None
    lds_session_id: str | None = None
    login_url: str | None = None
    grading_session_id: str | None = None
    grading_attempt: int = 1
    regrading: Regrading | None = None
    collection: int = 1
    evidence_sha256: str | None = None
    observed: ObservedResources | None = None
    artefact_count: int = 0
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
    created_at: AwareDatetime
    status_changed_at: AwareDatetime


_ORDER = tuple(LabletSessionStatus)
"""The normal course; what comes later in it cannot come again."""


class LabletSessionHistory(AggregateRoot[LabletSessionState]):
    """Applies events and tells what follows from them; decides nothing."""

    kind = "lablet_session"
    frozen_parts = True
    collection = "lablet_sessions"

    def _enter(self, target: LabletSessionStatus, event: StampedEvent, reason: str = "") -> None:
        state = self.state
        change = StateChange(source=state.status, target=target, at=event.at, by=event.by, reason=reason)
        state.state_history = (*state.state_history, change)
        state.status = target
        state.status_changed_at = event.at

    @when(events.LabletSessionCreatedDomainEvent)
    def _created(self, event: events.LabletSessionCreatedDomainEvent) -> None:
        born = StateChange(source=None, target=LabletSessionStatus.PENDING, at=event.at, by=event.by)
        pinned = {name: getattr(event, name) for name in type(event).model_fields if name not in ("at", "by")}
        self.state = LabletSessionState(
            status=LabletSessionStatus.PENDING,
            created_at=event.at,
            status_changed_at=event.at,
            state_history=(born,),
            **pinned,
        )

    @when(events.LabletSessionPromiseMovedDomainEvent)
    def _promise_moved(self, event: events.LabletSessionPromiseMovedDomainEvent) -> None:
        self.state.promised_worker_id = event.worker_id
        if event.in_time:
            self.state.promise_risk = None

    @when(promise_events.LabletSessionPromiseAtRiskDomainEvent)
    def _promise_at_risk(self, event: promise_events.LabletSessionPromiseAtRiskDomainEvent) -> None:
        self.state.promise_risk = PromiseRisk(worker_id=event.worker_id, since=event.at, reason=event.reason)

    @when(events.LabletSessionPromiseLostDomainEvent)
    def _promise_lost(self, event: events.LabletSessionPromiseLostDomainEvent) -> None:
        self.state.promised_worker_id = self.state.promise_risk = None
        self.state.pending_reason = event.reason

    @when(events.LabletSessionTimeslotChangedDomainEvent)
    def _timeslot_changed(self, event: events.LabletSessionTimeslotChangedDomainEvent) -> None:
        if event.timeslot.start != self.state.timeslot.start:
            self.state.asap = False
            self.state.promise_risk = None
        self.state.timeslot = event.timeslot

    @when(events.LabletSessionEndingSoonDomainEvent)
    def _ending_soon(self, event: events.LabletSessionEndingSoonDomainEvent) -> None:
        self.state.ending_warned_for = event.ends_at

    @when(events.LabletSessionHeldDomainEvent)
    def _held(self, event: events.LabletSessionHeldDomainEvent) -> None:
        self.state.pending_reason = event.reason

    @when(events.LabletSessionScheduledDomainEvent)
    def _scheduled(self, event: events.LabletSessionScheduledDomainEvent) -> None:
        self._enter(LabletSessionStatus.SCHEDULED, event)
        self.state.worker_id = event.worker_id
        self.state.promised_worker_id = event.worker_id
        self.state.promise_risk = None
        self.state.allocated_ports = event.ports
        self.state.pending_reason = ""

    @when(events.LabletSessionUnscheduledDomainEvent)
    def _unscheduled(self, event: events.LabletSessionUnscheduledDomainEvent) -> None:
        self._enter(LabletSessionStatus.PENDING, event, event.reason)
        self.state.worker_id = None
        self.state.promised_worker_id = event.promised_worker_id
        self.state.allocated_ports = ()
        self.state.cml_lab_id = None
        self.state.lab_nodes, self.state.lab_nodes_at = (), None
        self.state.warm_start = None
        self.state.pending_reason = event.reason
        self.state.steps = tuple(step for step in self.state.steps if step.pipeline != PipelineName.INSTANTIATE)

    @when(events.LabletSessionInstantiationStartedDomainEvent)
    def _instantiation_started(self, event: events.LabletSessionInstantiationStartedDomainEvent) -> None:
        self._enter(LabletSessionStatus.INSTANTIATING, event)
        self.state.warm_start = event.warm_start
        if event.warm_start is not None and event.warm_start.hit:
            self.state.cml_lab_id = event.warm_start.cml_lab_id

    @when(ports_events.LabletSessionPortsChangedDomainEvent)
    def _ports_changed(self, event: ports_events.LabletSessionPortsChangedDomainEvent) -> None:
        self.state.allocated_ports = event.ports
        start = self.state.warm_start
        if start is not None and start.hit:
            self.state.cml_lab_id = None
            self.state.warm_start = start.model_copy(
                update={"hit": False, "cml_lab_id": None, "saved_seconds": 0.0, "why": event.reason}
            )

    @when(events.LabletSessionPipelineStepRecordedDomainEvent)
    def _step_recorded(self, event: events.LabletSessionPipelineStepRecordedDomainEvent) -> None:
        self.state.steps = _with_step(self.state.steps, event.step)

    @when(events.LabletSessionLabBoundDomainEvent)
    def _lab_bound(self, event: events.LabletSessionLabBoundDomainEvent) -> None:
        self.state.cml_lab_id = event.cml_lab_id
        self.state.lab_nodes, self.state.lab_nodes_at = (), None

    @when(events.LabletSessionReadyDomainEvent)
    def _ready(self, event: events.LabletSessionReadyDomainEvent) -> None:
        self._enter(LabletSessionStatus.READY, event)
        self.state.user_session_id = event.user_session_id
        self.state.lds_session_id = event.lds_session_id
        self.state.login_url = event.login_url

    @when(events.LabletSessionStartedDomainEvent)
    def _started(self, event: events.LabletSessionStartedDomainEvent) -> None:
        self._enter(LabletSessionStatus.RUNNING, event)

    @when(recovery_events.LabletSessionHeldForRecoveryDomainEvent)
    def _held_for_recovery(self, event: recovery_events.LabletSessionHeldForRecoveryDomainEvent) -> None:
        self.state.recovery = RecoveryHold(
            worker_id=event.worker_id, since=event.since, deadline=event.deadline, reason=event.reason
        )

    @when(recovery_events.LabletSessionRecoveredDomainEvent)
    def _recovered(self, event: recovery_events.LabletSessionRecoveredDomainEvent) -> None:
        del event
        self.state.recovery = None

    @when(events.LabletSessionCollectionStartedDomainEvent)
    def _collection_started(self, event: events.LabletSessionCollectionStartedDomainEvent) -> None:
        self._enter(LabletSessionStatus.COLLECTING, event, event.reason)
        self.state.grading_session_id = event.grading_session_id

    @when(events.LabletSessionResourcesObservedDomainEvent)
    def _resources_observed(self, event: events.LabletSessionResourcesObservedDomainEvent) -> None:
        self.state.observed = event.observed

    @when(events.LabletSessionEvidenceCollectedDomainEvent)
    def _evidence_collected(self, event: events.LabletSessionEvidenceCollectedDomainEvent) -> None:
        self.state.recovery = None
        self.state.evidence_sha256 = event.evidence_sha256 or None
        self.state.artefact_count = event.artefact_count
        self.state.collection = event.collection or self.state.collection
        missing = f"not read: {', '.join(event.devices_missing)}" if event.devices_missing else ""
        self._enter(LabletSessionStatus.GRADING, event, missing)

    @when(events.LabletSessionScoredDomainEvent)
    def _scored(self, event: events.LabletSessionScoredDomainEvent) -> None:
        self.state.score_report_id = event.score_report_id
        self.state.score = event.score
        self.state.max_score = event.max_score
        self.state.passed = event.passed
        self.state.regrading = None

    @when(events.LabletSessionTerminationRequestedDomainEvent)
    def _termination_requested(self, event: events.LabletSessionTerminationRequestedDomainEvent) -> None:
        del event
        self.state.terminate_requested = True

    @when(events.LabletSessionStoppingDomainEvent)
    def _stopping(self, event: events.LabletSessionStoppingDomainEvent) -> None:
        self._enter(LabletSessionStatus.STOPPING, event, event.reason)
        self.state.recovery = None
        self._set_outcome(event.outcome, event.reason)

    @when(events.LabletSessionStoppedDomainEvent)
    def _stopped(self, event: events.LabletSessionStoppedDomainEvent) -> None:
        self._enter(LabletSessionStatus.STOPPED, event, event.proof)
        self.state.lab_gone = True
        self.state.capacity_released = True

    @when(events.LabletSessionArchivedDomainEvent)
    def _archived(self, event: events.LabletSessionArchivedDomainEvent) -> None:
        self._enter(LabletSessionStatus.ARCHIVED, event, event.note)
        self.state.lds_archived = True

    @when(events.LabletSessionTerminatedDomainEvent)
    def _terminated(self, event: events.LabletSessionTerminatedDomainEvent) -> None:
        self._enter(LabletSessionStatus.TERMINATED, event, event.reason)
        self._set_outcome(event.outcome, event.reason)
        if event.capacity_released:
            self.state.capacity_released = True

    def _set_outcome(self, outcome: SessionOutcome, reason: str) -> None:
        if self.state.outcome is None:
            self.state.outcome = outcome
            self.state.outcome_reason = reason

    def occupation(self, timeslot: Timeslot | None = None) -> Timeslot:
        """The interval during which a host is held for this session, in whole capacity slots; or would be, in another
        *timeslot*."""
        lead, teardown = timedelta(seconds=self.state.lead_seconds), timedelta(seconds=self.state.teardown_seconds)
        return (timeslot or self.state.timeslot).widened(lead, teardown).on_grid()

    @property
    def has_passed(self) -> frozenset[LabletSessionStatus]:
        """Statuses that lie behind the session in the normal course."""
        return frozenset(_ORDER[: _ORDER.index(self.state.status)])

    def step(self, pipeline: PipelineName, step: str) -> StepRecord | None:
        """The checkpoint of one step, None when it never ran."""
        return next((each for each in self.state.steps if (each.pipeline, each.step) == (pipeline, step)), None)

    def delivered_by(self, lds_session_id: str) -> bool:
        """Whether news of that delivery session is news of this session; before READY nobody knows better."""
        return self.state.lds_session_id in (None, lds_session_id)

    @property
    def holder(self) -> str | None:
        """The worker that holds its room, granted or promised; None when nobody does any more, or yet."""
        if self.state.capacity_released:
            return None
        return self.state.worker_id or self.state.promised_worker_id

    def holds_capacity_on(self, worker_id: str) -> bool:
        return self.holder == worker_id

    @property
    def may_be_on_a_host(self) -> bool:
        """Whether a lab may exist, so that the way out leads through STOPPING."""
        return self.state.status in SESSION_STATUSES_ON_A_HOST

    @property
    def may_have_a_delivery(self) -> bool:
        """Whether a delivery session may exist, known or not: one is made while INSTANTIATING, on whichever worker.

        Nothing but the archive of the delivery system closes it, so that the way out leads there.
        """
        return any(change.target is LabletSessionStatus.INSTANTIATING for change in self.state.state_history)


def _with_step(steps: tuple[StepRecord, ...], new: StepRecord) -> tuple[StepRecord, ...]:
    """*steps* with *new* in the place of its earlier record, or at the end."""
    same = [(each.pipeline, each.step) == (new.pipeline, new.step) for each in steps]
    if True not in same:
        return (*steps, new)
    return tuple(new if is_same else each for each, is_same in zip(steps, same, strict=True))
