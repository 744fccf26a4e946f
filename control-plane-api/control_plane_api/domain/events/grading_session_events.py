"""What happens to the grading of a session."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent


@EVENTS.register
class GradingSessionCreatedDomainEvent(StampedEvent):
    """The session's work is to be graded."""

    wire_name = "grading_session.created"
    emitted_by = (
        "StartCollectionCommand, HandleSessionEndedCommand, HandleSessionFaultedCommand, "
        "TransitionLabletSessionCommand, HandleHostLostCommand, CollectAndGradeCommand, "
        "RegradeLabletSessionCommand, RecollectLabletSessionCommand, DetachSessionCommand"
    )
    consumed_by = ("web UI",)

    lablet_session_id: str
    form_qualified_name: str
    attempt: int = 1
    reason: str = ""


@EVENTS.register
class GradingSessionCollectionStartedDomainEvent(StampedEvent):
    """PENDING → COLLECTING."""

    wire_name = "grading_session.collection_started"
    emitted_by = (
        "StartCollectionCommand, HandleSessionEndedCommand, HandleSessionFaultedCommand, "
        "TransitionLabletSessionCommand, HandleHostLostCommand, CollectAndGradeCommand, "
        "RegradeLabletSessionCommand, RecollectLabletSessionCommand, DetachSessionCommand"
    )
    consumed_by = ("web UI",)


@EVENTS.register
class GradingSessionEvidenceStoredDomainEvent(StampedEvent):
    """The evidence is complete, or as complete as it gets."""

    wire_name = "grading_session.evidence_stored"
    emitted_by = "CollectionCompletedCommand, RegradeLabletSessionCommand"
    consumed_by = ("web UI",)

    device_count: int
    devices_missing: tuple[str, ...]


@EVENTS.register
class GradingSessionSubmittedDomainEvent(StampedEvent):
    """COLLECTING → GRADING: the grading engine took the evidence under these ids."""

    wire_name = "grading_session.submitted"
    emitted_by = "GradingSubmittedCommand, GradingCompletedCommand, GradingReviewRequestedCommand"
    consumed_by = ("web UI",)

    engine_session_id: str
    engine_part_id: str | None


@EVENTS.register
class GradingSessionReviewRequestedDomainEvent(StampedEvent):
    """GRADING → REVIEWING: a person has to look at it first."""

    wire_name = "grading_session.review_requested"
    emitted_by = "GradingReviewRequestedCommand"
    consumed_by = ("web UI",)


@EVENTS.register
class GradingSessionScoredDomainEvent(StampedEvent):
    """→ SUBMITTED: the score has come."""

    wire_name = "grading_session.scored"
    emitted_by = "GradingCompletedCommand"
    consumed_by = ("web UI",)

    score_report_id: str


@EVENTS.register
class GradingSessionFaultedDomainEvent(StampedEvent):
    """→ FAULTED: there is no score to be had."""

    wire_name = "grading_session.faulted"
    emitted_by = (
        "GradingFailedCommand, CollectionCompletedCommand, StopLabletSessionCommand, "
        "TerminateLabletSessionCommand, CancelReservationCommand, TransitionLabletSessionCommand, "
        "HandleHostLostCommand, GiveUpRecoveryCommand, RegradeLabletSessionCommand, RecollectLabletSessionCommand, "
        "SkipGradingCommand, DetachSessionCommand"
    )
    consumed_by = ("web UI", "LMS")

    error: str
