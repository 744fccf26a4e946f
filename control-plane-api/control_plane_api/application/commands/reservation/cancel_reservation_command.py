"""The booking is taken back; its sessions go the way out that fits their state."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.session_flow import end_session
from control_plane_api.domain.entities import LabletSession, Reservation
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.reservations import CancelReservation
from lcm_core.domain.enums import SessionOutcome


@dataclass(frozen=True, slots=True)
class CancelReservationCommand(Command[Applied]):
    reservation_id: str
    request: CancelReservation


class CancelReservationCommandHandler:
    async def handle(self, command: CancelReservationCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises IllegalTransition when it is completed already."""
        stamp = stamp_of(ctx)
        reason = command.request.reason
        reservation = await uow.load(Reservation, command.reservation_id)
        changed = reservation.cancel(reason, stamp)
        if changed:
            for session in await uow.load_many(LabletSession, reservation.state.session_ids):
                session.request_termination(reason, stamp)
                await end_session(uow, session, SessionOutcome.CANCELLED, reason, stamp)
        return applied(reservation, changed)
