"""Another time for a lab that has not begun: held there, or refused and left as it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.services.booking_answers import answer, holder_row
from control_plane_api.application.services.booking_times import start_problems, wanted_start
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.promises import Promises
from control_plane_api.application.services.room import give_back
from control_plane_api.domain.entities import CMLWorker, LabletDefinition, LabletSession, Reservation
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.reservations import RescheduleReservation, ReservationAnswer
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.values import Timeslot


@dataclass(frozen=True, slots=True)
class RescheduleReservationCommand(Command[ReservationAnswer]):
    reservation_id: str
    request: RescheduleReservation


class RescheduleReservationCommandHandler:
    def __init__(self, promises: Promises) -> None:
        self._promises = promises

    async def handle(
        self, command: RescheduleReservationCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> ReservationAnswer:
        """A session that has a worker already is taken off it: its room is promised anew for the new time.

        Raises InvalidInput for an impossible time, RuleViolation once the session has begun, CapacityRefused with
        reasons and alternatives when nobody can hold it then.
        """
        stamp, request = stamp_of(ctx), command.request
        reservation = await uow.load(Reservation, command.reservation_id)
        session = await uow.load(LabletSession, reservation.state.session_ids[-1])
        definition = await uow.load(LabletDefinition, reservation.state.definition_id)
        timeslot = _timeslot(request, session, definition, await fleet_policy(uow), stamp.at)
        if session.state.status is LabletSessionStatus.SCHEDULED and timeslot != session.state.timeslot:
            await _take_off(uow, session, request.reason, stamp)
        if session.change_timeslot(timeslot, request.reason, stamp):
            reservation.change_timeslot(timeslot, request.time_zone, request.reason, stamp)
            worker = await self._promises.require(uow, session, request.reason, stamp)
            return answer(reservation, session, holder_row(worker), stamp.at)
        holder = await uow.find(CMLWorker, session.holder) if session.holder is not None else None
        return answer(reservation, session, holder_row(holder), stamp.at)


def _timeslot(
    request: RescheduleReservation,
    session: LabletSession,
    definition: LabletDefinition,
    policy: FleetPolicy,
    now: datetime,
) -> Timeslot:
    start = wanted_start(request) or session.state.timeslot.start
    duration = session.state.timeslot.duration
    problems = start_problems(start, policy, now)
    if request.duration_minutes is not None:
        duration = timedelta(minutes=request.duration_minutes)
        longest = definition.state.max_duration_minutes
        if request.duration_minutes > longest:
            problems.append(InputProblem("/duration_minutes", f"is {request.duration_minutes}; at most {longest}"))
    if problems:
        raise InvalidInput(problems, what="booking")
    return Timeslot(start=start, end=start + duration)


async def _take_off(uow: UnitOfWork, session: LabletSession, reason: str, stamp: Stamp) -> None:
    await give_back(uow, session.state.worker_id, session.id, reason, stamp)
    session.unschedule(reason, stamp, worker_gone=False)
