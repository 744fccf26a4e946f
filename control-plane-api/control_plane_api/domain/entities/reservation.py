"""A reservation: who asked for what, and which session serves it."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import reservation_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import ReservationStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.transitions import RESERVATION_VALID_TRANSITIONS
from lcm_core.domain.values import Candidate, Timeslot

_R = ReservationStatus


class ReservationState(BaseModel):
    """Fields of ReservationReadModel."""

    status: ReservationStatus
    external_id: str | None
    owner_id: str
    definition_id: str
    candidate: Candidate
    timeslot: Timeslot
    session_ids: tuple[str, ...]
    time_zone: str | None = None
    batch_id: str | None = None
    sink_id: str | None = None
    cancel_reason: str = ""
    created_at: AwareDatetime


class Reservation(AggregateRoot[ReservationState]):
    kind = "reservation"
    collection = "reservations"

    @classmethod
    def accept(
        cls,
        id: str,
        *,
        external_id: str | None,
        owner_id: str,
        definition_id: str,
        candidate: Candidate,
        timeslot: Timeslot,
        session_ids: tuple[str, ...],
        stamp: Stamp,
        time_zone: str | None = None,
        batch_id: str | None = None,
        sink_id: str | None = None,
    ) -> Self:
        """*time_zone* is the one in which whoever booked thinks; *batch_id* joins the seats of a class; *sink_id* is
        the subscription that takes the events of this booking."""
        reservation = cls(id)
        reservation.record(
            events.ReservationAcceptedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                external_id=external_id,
                owner_id=owner_id,
                definition_id=definition_id,
                candidate=candidate,
                timeslot=timeslot,
                session_ids=session_ids,
                time_zone=time_zone,
                batch_id=batch_id,
                sink_id=sink_id,
            )
        )
        return reservation

    def change_timeslot(self, timeslot: Timeslot, time_zone: str | None, reason: str, stamp: Stamp) -> bool:
        """As its session, in the same commit. Raises RuleViolation once it is over."""
        if timeslot == self.state.timeslot:
            return False
        if self.state.status is not _R.ACCEPTED:
            raise RuleViolation(
                f"Reservation {self.id!r} is {self.state.status.value}; its time is not changed any more.",
                code="reservation-over",
                facts={"status": self.state.status.value},
            )
        self.record(
            events.ReservationTimeslotChangedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                timeslot=timeslot,
                previous=self.state.timeslot,
                reason=reason,
                time_zone=time_zone or self.state.time_zone,
            )
        )
        return True

    def complete(self, stamp: Stamp) -> bool:
        """Its session has ended. A cancelled reservation stays cancelled."""
        if self.state.status is not _R.ACCEPTED:
            return False
        self._require(_R.COMPLETED)
        self.record(events.ReservationCompletedDomainEvent(at=stamp.at, by=stamp.by))
        return True

    def cancel(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status is _R.CANCELLED:
            return False
        self._require(_R.CANCELLED)
        self.record(events.ReservationCancelledDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def _require(self, target: ReservationStatus) -> None:
        require_transition(self.kind, self.id, RESERVATION_VALID_TRANSITIONS, self.state.status, target)

    @when(events.ReservationAcceptedDomainEvent)
    def _accepted(self, event: events.ReservationAcceptedDomainEvent) -> None:
        self.state = ReservationState(
            status=_R.ACCEPTED,
            external_id=event.external_id,
            owner_id=event.owner_id,
            definition_id=event.definition_id,
            candidate=event.candidate,
            timeslot=event.timeslot,
            session_ids=event.session_ids,
            time_zone=event.time_zone,
            batch_id=event.batch_id,
            sink_id=event.sink_id,
            created_at=event.at,
        )

    @when(events.ReservationTimeslotChangedDomainEvent)
    def _timeslot_changed(self, event: events.ReservationTimeslotChangedDomainEvent) -> None:
        self.state.timeslot = event.timeslot
        self.state.time_zone = event.time_zone

    @when(events.ReservationCompletedDomainEvent)
    def _completed(self, event: events.ReservationCompletedDomainEvent) -> None:
        del event
        self.state.status = _R.COMPLETED

    @when(events.ReservationCancelledDomainEvent)
    def _cancelled(self, event: events.ReservationCancelledDomainEvent) -> None:
        self.state.status = _R.CANCELLED
        self.state.cancel_reason = event.reason
