"""Whatever may be asked about bookings and the room that they are promised, at any time."""

from __future__ import annotations

from datetime import timedelta

from control_plane_api.application.commands.lablet_session.adjust_occupation_command import AdjustOccupationCommand
from control_plane_api.application.commands.lablet_session.promise_capacity_command import PromiseCapacityCommand
from control_plane_api.application.commands.lablet_session.report_promise_at_risk_command import (
    ReportPromiseAtRiskCommand,
)
from control_plane_api.application.commands.lablet_session.warn_session_ending_command import WarnSessionEndingCommand
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.create_reservation_batch_command import (
    CreateReservationBatchCommand,
)
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.reservation.extend_reservation_command import ExtendReservationCommand
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
)
from control_plane_api.domain.entities import LabletSession
from control_plane_api.domain.identities import reservation_id
from control_plane_api.testing.unruly_record import DEFINITION_ID, UnrulyRecord, require
from lcm_core.contracts.reservations import (
    BatchMode,
    CancelReservation,
    CreateReservation,
    CreateReservationBatch,
    ExtendReservation,
    RescheduleReservation,
    Seat,
)
from lcm_core.contracts.sessions import AdjustOccupation, PromiseCapacity, ReportPromiseAtRisk, WarnSessionEnding
from lcm_core.domain.values import Candidate


class UnrulyBookings(UnrulyRecord):
    """Each is one command; what it may not do is required here."""

    def book(self, number: int, in_minutes: int | None, minutes: int) -> None:
        start = None if in_minutes is None else self.now + timedelta(minutes=in_minutes)
        request = CreateReservation(
            definition_id=DEFINITION_ID,
            candidate=Candidate(username="ada"),
            start=start,
            duration_minutes=minutes,
            external_id=f"b{number}",
        )
        self._do(CreateReservationCommand("lms", request))

    def book_class(self, seats: int, in_minutes: int, mode: BatchMode) -> None:
        request = CreateReservationBatch(
            definition_id=DEFINITION_ID,
            start=self.now + timedelta(minutes=in_minutes),
            duration_minutes=60,
            seats=tuple(Seat(candidate=Candidate(username=f"learner-{n}")) for n in range(seats)),
            mode=mode,
        )
        self._do(CreateReservationBatchCommand("lms", request))

    def reschedule(self, number: int, in_minutes: int) -> None:
        request = RescheduleReservation(start=self.now + timedelta(minutes=in_minutes))
        self._do(RescheduleReservationCommand(reservation_id("lms", f"b{number}"), request))

    def extend(self, number: int, minutes: int) -> None:
        self._do(ExtendReservationCommand(reservation_id("lms", f"b{number}"), ExtendReservation(minutes=minutes)))

    def cancel(self, number: int) -> None:
        request = CancelReservation(reason="not wanted")
        self._do(CancelReservationCommand(reservation_id("lms", f"b{number}"), request))

    def promise(self, session: str, worker: str | None, exclude: tuple[str, ...] = ()) -> None:
        request = PromiseCapacity(reason="looked after", worker_id=worker, exclude=exclude)
        self._do(PromiseCapacityCommand(session, request))

    def promise_at_risk(self, session: str) -> None:
        """Whoever holds its room has not come up, if it is on its way."""
        if f"lablet_session-{session}" not in self.store.documents:
            return
        holder = self.store.get(LabletSession, session).state.promised_worker_id
        request = ReportPromiseAtRisk(worker_id=holder or "nobody", reason="not up in time")
        self._do(ReportPromiseAtRiskCommand(session, request))
        kept = self.store.get(LabletSession, session).state.promised_worker_id is not None
        require(kept or holder is None, "a promise at risk was taken away")

    def overrun(self, session: str, minutes: int) -> None:
        request = AdjustOccupation(until=self.now + timedelta(minutes=minutes), reason="still there")
        self._do(AdjustOccupationCommand(session, request))

    def warn(self, session: str) -> None:
        known = self.store.documents.get(f"lablet_session-{session}")
        if known is not None:
            ends_at = self.store.get(LabletSession, session).state.timeslot.end
            self._do(WarnSessionEndingCommand(session, WarnSessionEnding(ends_at=ends_at)))
