"""The host of a session is back with its lab: it goes on where it was, with the time it lost if its terms give it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.host_loss import terms_for
from control_plane_api.domain.entities import CMLWorker, LabletSession, Reservation
from control_plane_api.domain.events.registry import Stamp
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.reservations import LONGEST_SESSION_MINUTES
from lcm_core.contracts.sessions import SessionRecovered
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.values import Timeslot

_LONGEST = timedelta(minutes=LONGEST_SESSION_MINUTES)


@dataclass(frozen=True, slots=True)
class RecoverSessionCommand(Command[Applied]):
    session_id: str
    request: SessionRecovered


class RecoverSessionCommandHandler:
    async def handle(self, command: RecoverSessionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Late unless it is held on that very worker, and the worker's host is not lost (any more)."""
        stamp, request = stamp_of(ctx), command.request
        session = await uow.load(LabletSession, command.session_id)
        hold = session.state.recovery
        if hold is None or hold.worker_id != request.worker_id:
            return applied(session, False, LATE)
        worker = await uow.load(CMLWorker, hold.worker_id)
        if worker.host_is_lost or worker.is_gone:
            return applied(session, False, LATE)
        lost = stamp.at - hold.since
        given_back, why_not = await _give_back(uow, session, worker, lost, stamp)
        told = " ".join(part for part in (request.reason, why_not) if part)
        changed = session.recover(
            lost_seconds=lost.total_seconds(),
            given_back_seconds=given_back.total_seconds(),
            lab_restarted=request.lab_restarted,
            reason=told[:2000],
            stamp=stamp,
        )
        return applied(session, changed)


async def _give_back(
    uow: UnitOfWork, session: LabletSession, worker: CMLWorker, lost: timedelta, stamp: Stamp
) -> tuple[timedelta, str]:
    """By how much the slot was extended, and why not by more. Nobody loses what they were promised."""
    nothing = timedelta(0)
    if session.state.status is not LabletSessionStatus.RUNNING or session.state.terminate_requested:
        return nothing, ""
    if not (await terms_for(uow, session)).give_back_time:
        return nothing, "The time lost is not given back, as the terms of the booking say."
    slot = session.state.timeslot
    longer = Timeslot(start=slot.start, end=min(slot.end + lost, slot.start + max(_LONGEST, slot.duration)))
    held, wanted = worker.allocation_of(session.id), session.occupation(longer)
    end = max(wanted.end, held.interval.end) if held is not None else wanted.end
    try:
        worker.move_interval(session.id, Timeslot(start=wanted.start, end=end), "time lost with the host", stamp)
    except CapacityRefused as refused:
        return nothing, f"The time lost cannot be given back: {refused.message}"
    session.change_timeslot(longer, "time lost with the host is given back", stamp)
    reservation = await uow.find(Reservation, session.state.reservation_id)
    if reservation is not None:
        reservation.change_timeslot(longer, None, "time lost with the host is given back", stamp)
    return longer.end - slot.end, ""
