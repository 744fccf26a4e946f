"""What happens to a booking."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.values import Candidate, Timeslot


@EVENTS.register
class ReservationAcceptedDomainEvent(StampedEvent):
    """A booking was admitted together with the session that serves it."""

    wire_name = "reservation.accepted"
    emitted_by = "CreateReservationCommand, BookTogetherCommand, CreateReservationBatchCommand"
    consumed_by = ("web UI", "LMS")

    external_id: str | None
    owner_id: str
    definition_id: str
    candidate: Candidate
    timeslot: Timeslot
    session_ids: tuple[str, ...]
    time_zone: str | None = None
    batch_id: str | None = None
    sink_id: str | None = None


@EVENTS.register
class ReservationTimeslotChangedDomainEvent(StampedEvent):
    """The booking was rescheduled or extended, and its room is held over the new time."""

    wire_name = "reservation.timeslot_changed"
    emitted_by = "RescheduleReservationCommand, ExtendReservationCommand, RecoverSessionCommand"
    consumed_by = ("web UI", "LMS")

    timeslot: Timeslot
    previous: Timeslot
    reason: str
    time_zone: str | None


@EVENTS.register
class ReservationCompletedDomainEvent(StampedEvent):
    """ACCEPTED → COMPLETED: its session has ended, however it ended."""

    wire_name = "reservation.completed"
    emitted_by = (
        "CompleteTerminationCommand, StopLabletSessionCommand, TerminateLabletSessionCommand, "
        "TransitionLabletSessionCommand"
    )
    consumed_by = ("web UI", "LMS")


@EVENTS.register
class ReservationCancelledDomainEvent(StampedEvent):
    """ACCEPTED → CANCELLED by its owner or an operator; its session is being terminated."""

    wire_name = "reservation.cancelled"
    emitted_by = "CancelReservationCommand"
    consumed_by = ("web UI", "LMS")

    reason: str
