"""What happens to a session that is collected or graded again."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent


@EVENTS.register
class LabletSessionRegradeRequestedDomainEvent(StampedEvent):
    """An operator has the evidence graded once more; what was scored before is kept. The status stays as it is."""

    wire_name = "lablet_session.regrade_requested"
    emitted_by = "RegradeLabletSessionCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    grading_session_id: str
    attempt: int
    reason: str


@EVENTS.register
class LabletSessionRecollectionStartedDomainEvent(StampedEvent):
    """GRADING → COLLECTING: an operator has the devices read once more while the lab lives."""

    wire_name = "lablet_session.recollection_started"
    emitted_by = "RecollectLabletSessionCommand, TransitionLabletSessionCommand"
    consumed_by = ("lablet-controller", "web UI", "LMS")

    grading_session_id: str
    attempt: int
    collection: int
    reason: str


@EVENTS.register
class LabletSessionRegradeFailedDomainEvent(StampedEvent):
    """The evidence could not be graded once more; the score before it, if any, is the present one."""

    wire_name = "lablet_session.regrade_failed"
    emitted_by = "GradingFailedCommand, SkipGradingCommand"
    consumed_by = ("web UI", "LMS")

    attempt: int
    reason: str
