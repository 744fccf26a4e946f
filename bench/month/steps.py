"""What people and far ends do to one session, as commands."""

from __future__ import annotations

from datetime import datetime

from bench.month.plane import Plane
from bench.month.trace import MonthBooking
from control_plane_api.application.commands.lablet_session.complete_termination_command import (
    CompleteTerminationCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_ended_command import HandleSessionEndedCommand
from control_plane_api.application.commands.lablet_session.handle_session_started_command import (
    HandleSessionStartedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_archived_command import (
    MarkSessionArchivedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_ready_command import MarkSessionReadyCommand
from control_plane_api.application.commands.lablet_session.mark_session_stopped_command import MarkSessionStoppedCommand
from control_plane_api.application.commands.lablet_session.schedule_lablet_session_command import (
    ScheduleLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.start_instantiation_command import StartInstantiationCommand
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.reservation.extend_reservation_command import ExtendReservationCommand
from lcm_core.contracts.reservations import (
    CancelReservation,
    CreateReservation,
    ExtendReservation,
    ReservationAnswer,
)
from lcm_core.contracts.sessions import (
    MarkSessionArchived,
    MarkSessionReady,
    MarkSessionStopped,
    ScheduleSession,
    SessionEnded,
    SessionStarted,
    StopSession,
)
from lcm_core.domain.enums import SessionOutcome
from lcm_core.domain.read_models import PlacementDecision
from lcm_core.domain.values import Candidate


def book(plane: Plane, booking: MonthBooking, start: datetime) -> ReservationAnswer:
    request = CreateReservation(
        definition_id=booking.shape,
        candidate=Candidate(username=booking.id),
        start=start,
        duration_minutes=booking.end - booking.start,
        external_id=booking.id,
        priority=booking.priority,
    )
    return plane.do(CreateReservationCommand("lms", request))


def cancel(plane: Plane, reservation_id: str) -> None:
    plane.do(CancelReservationCommand(reservation_id, CancelReservation(reason="changed their mind")))


def extend(plane: Plane, reservation_id: str, minutes: int) -> None:
    plane.do(ExtendReservationCommand(reservation_id, ExtendReservation(minutes=minutes)))


def begin(plane: Plane, session_id: str, decision: PlacementDecision) -> None:
    body = ScheduleSession(worker_id=decision.worker_id or "", decision=decision)
    plane.do(ScheduleLabletSessionCommand(session_id, body))
    plane.do(StartInstantiationCommand(session_id))


def ready(plane: Plane, session_id: str) -> None:
    body = MarkSessionReady(
        cml_lab_id=f"lab-{session_id}", lds_session_id=f"lds-{session_id}", login_url="https://lds.example", devices=()
    )
    plane.do(MarkSessionReadyCommand(session_id, body))


def log_in(plane: Plane, session_id: str) -> None:
    body = SessionStarted(lds_session_id=f"lds-{session_id}", started_at=plane.now)
    plane.do(HandleSessionStartedCommand(session_id, body))


def leave(plane: Plane, session_id: str) -> None:
    plane.do(
        HandleSessionEndedCommand(session_id, SessionEnded(lds_session_id=f"lds-{session_id}", ended_at=plane.now))
    )


def gone(plane: Plane, session_id: str) -> None:
    plane.do(MarkSessionStoppedCommand(session_id, MarkSessionStopped(proof="deleted")))
    plane.do(MarkSessionArchivedCommand(session_id, MarkSessionArchived()))
    plane.do(CompleteTerminationCommand(session_id))


def expire(plane: Plane, session_id: str) -> None:
    body = StopSession(outcome=SessionOutcome.EXPIRED, reason="no room by the end of its grace")
    plane.do(StopLabletSessionCommand(session_id, body))
