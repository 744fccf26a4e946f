"""What happens to a lablet session, from booking to TERMINATED."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.delivery_terms import ExtraSteps, WaitingLimits
from lcm_core.domain.enums import BookingPriority, LicenseType, SessionOutcome
from lcm_core.domain.observed_resources import ObservedResources
from lcm_core.domain.read_models import StepRecord
from lcm_core.domain.values import (
    AmiRequirement,
    Candidate,
    HostLossTerms,
    PortBinding,
    PortRequest,
    ResourceVector,
    Timeslot,
)
from lcm_core.domain.warm_pool import WarmStart


@EVENTS.register
class LabletSessionCreatedDomainEvent(StampedEvent):
    """A session was booked; what it needs of its definition is pinned, so that a later version cannot change it.

    ``promised_worker_id`` holds its room from this very commit on.
    """

    wire_name = "lablet_session.created"
    emitted_by = "CreateReservationCommand, BookTogetherCommand, CreateReservationBatchCommand"
    consumed_by = ("resource-scheduler", "web UI", "LMS")

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
    port_requests: tuple[PortRequest, ...]
    grading_enabled: bool
    nested_virtualization: bool = False
    host_loss: HostLossTerms | None = None
    limits: WaitingLimits | None = None
    extra_steps: ExtraSteps = ()
    asap: bool = False
    priority: BookingPriority = BookingPriority.SELF_STUDY
    no_show_seconds: int | None = None
    grace_seconds: int | None = None
    promised_worker_id: str | None = None


@EVENTS.register
class LabletSessionPromiseMovedDomainEvent(StampedEvent):
    """Another worker holds the room of a session that has not begun; not ``in_time`` when it is up after the start."""

    wire_name = "lablet_session.promise_moved"
    emitted_by = (
        "PromiseCapacityCommand, ReportPromiseAtRiskCommand, RescheduleReservationCommand, "
        "ExtendReservationCommand, HandleHostLostCommand, RePlaceSessionCommand, AssignSessionCommand, "
        "DetachSessionCommand"
    )
    consumed_by = ("resource-scheduler", "web UI")

    worker_id: str
    previous_worker_id: str | None
    reason: str
    in_time: bool = True


@EVENTS.register
class LabletSessionPromiseLostDomainEvent(StampedEvent):
    """The worker that held the room is lost to the session and nobody else can hold it now; it waits for room."""

    wire_name = "lablet_session.promise_lost"
    emitted_by = "PromiseCapacityCommand"
    consumed_by = ("resource-scheduler", "web UI", "LMS")

    worker_id: str
    reason: str


@EVENTS.register
class LabletSessionTimeslotChangedDomainEvent(StampedEvent):
    """The session was rescheduled, or extended; its room is held over the new time with this very commit."""

    wire_name = "lablet_session.timeslot_changed"
    emitted_by = "RescheduleReservationCommand, ExtendReservationCommand, RecoverSessionCommand"
    consumed_by = ("resource-scheduler", "lablet-controller", "web UI", "LMS")

    timeslot: Timeslot
    previous: Timeslot
    reason: str


@EVENTS.register
class LabletSessionEndingSoonDomainEvent(StampedEvent):
    """The slot of a RUNNING session ends soon; told once per end."""

    wire_name = "lablet_session.ending_soon"
    emitted_by = "WarnSessionEndingCommand"
    consumed_by = ("web UI", "LMS")

    ends_at: AwareDatetime


@EVENTS.register
class LabletSessionHeldDomainEvent(StampedEvent):
    """A placement decision placed nothing; the session stays PENDING and ``reason`` says why."""

    wire_name = "lablet_session.held"
    emitted_by = "RecordPlacementDecisionCommand"
    consumed_by = ("web UI",)

    decision_id: str
    reason: str


@EVENTS.register
class LabletSessionScheduledDomainEvent(StampedEvent):
    """PENDING → SCHEDULED: the session has a worker, and its ports and capacity are held there."""

    wire_name = "lablet_session.scheduled"
    emitted_by = "ScheduleLabletSessionCommand, RePlaceSessionCommand, AssignSessionCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    worker_id: str
    ports: tuple[PortBinding, ...]
    decision_id: str


@EVENTS.register
class LabletSessionUnscheduledDomainEvent(StampedEvent):
    """Back to PENDING: what was granted on the worker is given back, what was done there counts no more.

    ``promised_worker_id``: who holds the room from now on; nobody while it is None.
    """

    wire_name = "lablet_session.unscheduled"
    emitted_by = (
        "UnscheduleLabletSessionCommand, StopLabletSessionCommand, TerminateLabletSessionCommand, "
        "CancelReservationCommand, TransitionLabletSessionCommand, RescheduleReservationCommand, "
        "HandleHostLostCommand, RePlaceSessionCommand, AssignSessionCommand, DetachSessionCommand"
    )
    consumed_by = ("resource-scheduler", "lablet-controller", "web UI", "LMS")

    worker_id: str
    reason: str
    promised_worker_id: str | None = None


@EVENTS.register
class LabletSessionInstantiationStartedDomainEvent(StampedEvent):
    """SCHEDULED → INSTANTIATING. ``warm_start`` says whether it takes a prepared lab; null without a warm pool."""

    wire_name = "lablet_session.instantiation_started"
    emitted_by = "StartInstantiationCommand, TransitionLabletSessionCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    warm_start: WarmStart | None = None


@EVENTS.register
class LabletSessionPipelineStepRecordedDomainEvent(StampedEvent):
    """Checkpoint of one pipeline step."""

    wire_name = "lablet_session.pipeline_step_recorded"
    emitted_by = "RecordPipelineStepCommand"
    consumed_by = ("web UI",)
    published = False

    step: StepRecord


@EVENTS.register
class LabletSessionLabBoundDomainEvent(StampedEvent):
    """The session's lab exists on its worker under this id."""

    wire_name = "lablet_session.lab_bound"
    emitted_by = "BindLabCommand, MarkSessionReadyCommand"
    consumed_by = ("lablet-controller", "web UI")

    cml_lab_id: str


@EVENTS.register
class LabletSessionReadyDomainEvent(StampedEvent):
    """INSTANTIATING → READY: the lab runs and the learner can log in."""

    wire_name = "lablet_session.ready"
    emitted_by = "MarkSessionReadyCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    user_session_id: str
    lds_session_id: str
    login_url: str


@EVENTS.register
class LabletSessionStartedDomainEvent(StampedEvent):
    """READY → RUNNING: the learner logged in."""

    wire_name = "lablet_session.started"
    emitted_by = "HandleSessionStartedCommand, HandleSessionEndedCommand, TransitionLabletSessionCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    started_at: AwareDatetime


@EVENTS.register
class LabletSessionCollectionStartedDomainEvent(StampedEvent):
    """RUNNING → COLLECTING: the learner's work is being read from the devices."""

    wire_name = "lablet_session.collection_started"
    emitted_by = (
        "StartCollectionCommand, HandleSessionEndedCommand, HandleSessionFaultedCommand, "
        "TransitionLabletSessionCommand, HandleHostLostCommand, CollectAndGradeCommand, DetachSessionCommand"
    )
    consumed_by = ("lablet-controller", "web UI", "LMS")

    grading_session_id: str | None
    reason: str


@EVENTS.register
class LabletSessionResourcesObservedDomainEvent(StampedEvent):
    """What its lab had and used while it still ran, and which ports it forwarded."""

    wire_name = "lablet_session.resources_observed"
    emitted_by = "CollectionCompletedCommand"
    consumed_by = ("web UI",)

    observed: ObservedResources


@EVENTS.register
class LabletSessionEvidenceCollectedDomainEvent(StampedEvent):
    """COLLECTING → GRADING: the evidence is stored; ``devices_missing`` could not be read."""

    wire_name = "lablet_session.evidence_collected"
    emitted_by = "CollectionCompletedCommand"
    consumed_by = ("lablet-controller", "web UI")

    device_count: int
    devices_missing: tuple[str, ...]
    evidence_sha256: str = ""
    """Over the list of what was collected, with the hash of each text."""
    artefact_count: int = 0
    collection: int = 0
    """Which collection counts, where it is not the latest, because that brought nothing."""


@EVENTS.register
class LabletSessionScoredDomainEvent(StampedEvent):
    """The score is known; it may come after the session went on."""

    wire_name = "lablet_session.scored"
    emitted_by = "GradingCompletedCommand"
    consumed_by = ("web UI", "LMS")

    score_report_id: str
    score: float
    max_score: float
    passed: bool


@EVENTS.register
class LabletSessionTerminationRequestedDomainEvent(StampedEvent):
    """Somebody wants the session gone; it still goes through every step that gives something back."""

    wire_name = "lablet_session.termination_requested"
    emitted_by = "TerminateLabletSessionCommand, CancelReservationCommand"
    consumed_by = ("lablet-controller", "resource-scheduler", "web UI")

    reason: str


@EVENTS.register
class LabletSessionStoppingDomainEvent(StampedEvent):
    """→ STOPPING: the lab is being taken down. The outcome is decided here and kept."""

    wire_name = "lablet_session.stopping"
    emitted_by = (
        "StopLabletSessionCommand, TerminateLabletSessionCommand, CancelReservationCommand, "
        "HandleSessionEndedCommand, HandleSessionFaultedCommand, TransitionLabletSessionCommand, "
        "CollectionCompletedCommand, GradingCompletedCommand, GradingFailedCommand, HandleHostLostCommand, "
        "GiveUpRecoveryCommand, SkipGradingCommand, DetachSessionCommand"
    )
    consumed_by = ("lablet-controller", "web UI", "LMS")

    outcome: SessionOutcome
    reason: str


@EVENTS.register
class LabletSessionStoppedDomainEvent(StampedEvent):
    """STOPPING → STOPPED: the lab is proven gone; ports and capacity are given back with this very commit."""

    wire_name = "lablet_session.stopped"
    emitted_by = "MarkSessionStoppedCommand, TransitionLabletSessionCommand"
    consumed_by = ("lablet-controller", "resource-scheduler", "web UI", "LMS")

    proof: str


@EVENTS.register
class LabletSessionArchivedDomainEvent(StampedEvent):
    """STOPPED → ARCHIVED: the delivery session is closed, or there never was one."""

    wire_name = "lablet_session.archived"
    emitted_by = "MarkSessionArchivedCommand, TransitionLabletSessionCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    note: str


@EVENTS.register
class LabletSessionTerminatedDomainEvent(StampedEvent):
    """→ TERMINATED: nothing is held any more. ``capacity_released`` when this commit gave capacity back."""

    wire_name = "lablet_session.terminated"
    emitted_by = (
        "CompleteTerminationCommand, StopLabletSessionCommand, TerminateLabletSessionCommand, "
        "CancelReservationCommand, TransitionLabletSessionCommand"
    )
    consumed_by = ("web UI", "LMS")

    outcome: SessionOutcome
    reason: str
    capacity_released: bool
