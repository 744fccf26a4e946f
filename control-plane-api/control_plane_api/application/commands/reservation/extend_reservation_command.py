"""More time at the end of a booking, also while its lab runs: held, or refused with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.booking_answers import answer, holder_row
from control_plane_api.application.services.promises import Promises
from control_plane_api.domain.entities import CMLWorker, LabletSession, Reservation
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.reservations import LONGEST_SESSION_MINUTES, ExtendReservation, ReservationAnswer
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.values import Timeslot


@dataclass(frozen=True, slots=True)
class ExtendReservationCommand(Command[ReservationAnswer]):
    reservation_id: str
    request: ExtendReservation


class ExtendReservationCommandHandler:
    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    async def handle(
        self, command: ExtendReservationCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> ReservationAnswer:
        """It may become longer than the definition lets one book: who proctors an exam knows why.

        A session on a host stays there, so its worker must have the room; one that has not begun may move.
        Raises RuleViolation when its time is over, CapacityRefused with the facts.
        """
        stamp, request = stamp_of(ctx), command.request
        reservation = await uow.load(Reservation, command.reservation_id)
        session = await uow.load(LabletSession, reservation.state.session_ids[-1])
        timeslot = _longer(session.state.timeslot, request.minutes)
        session.change_timeslot(timeslot, request.reason, stamp)
        reservation.change_timeslot(timeslot, None, request.reason, stamp)
        if session.state.worker_id is None:
            worker = await self._promises.require(uow, session, request.reason, stamp)
        else:
            worker = await uow.load(CMLWorker, session.state.worker_id)
            _hold_longer(worker, session, request.reason, stamp)
        return answer(reservation, session, holder_row(worker), stamp.at)


def _longer(timeslot: Timeslot, minutes: int) -> Timeslot:
    longer = Timeslot(start=timeslot.start, end=timeslot.end + timedelta(minutes=minutes))
    if longer.duration > timedelta(minutes=LONGEST_SESSION_MINUTES):
        told = f"would make it longer than {LONGEST_SESSION_MINUTES} minutes"
        raise InvalidInput([InputProblem("/minutes", told)], what="extension")
    return longer


def _hold_longer(worker: CMLWorker, session: LabletSession, reason: str, stamp: Stamp) -> None:
    """Nothing is given up that an overrun holds already."""
    held, wanted = worker.allocation_of(session.id), session.occupation()
    end = max(wanted.end, held.interval.end) if held is not None else wanted.end
    worker.move_interval(session.id, Timeslot(start=wanted.start, end=end), reason, stamp)
