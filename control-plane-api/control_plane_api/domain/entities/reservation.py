"""A reservation: who asked for what, and which session serves it."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import reservation_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import RESERVATION_VALID_TRANSITIONS, ReservationStatus
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
    ) -> Self:
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
            )
        )
        return reservation

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
            created_at=event.at,
        )

    @when(events.ReservationCompletedDomainEvent)
    def _completed(self, event: events.ReservationCompletedDomainEvent) -> None:
        del event
        self.state.status = _R.COMPLETED

    @when(events.ReservationCancelledDomainEvent)
    def _cancelled(self, event: events.ReservationCancelledDomainEvent) -> None:
        self.state.status = _R.CANCELLED
        self.state.cancel_reason = event.reason
