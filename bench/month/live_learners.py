"""Learners and their labs: who books, cancels, comes late or never, stays longer, leaves early, loses a lab."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.month.hosts import HostHours
from bench.month.live_hosts import LiveHosts
from bench.month.live_plane import MONTH_BEGINS, LivePlane
from bench.month.rivals import Fleet
from bench.month.trace import MonthBooking
from bench.month.trouble import Trouble
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
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.reservation.extend_reservation_command import ExtendReservationCommand
from lcm_core.contracts.reservations import CancelReservation, CreateReservation, ExtendReservation
from lcm_core.contracts.sessions import (
    MarkSessionArchived,
    MarkSessionReady,
    MarkSessionStopped,
    SessionEnded,
    SessionStarted,
    StopSession,
)
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import CapacityRefused, DomainError
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.domain.values import Candidate

_S = LabletSessionStatus
_NOT_YET = (_S.PENDING, _S.SCHEDULED)
_TEARDOWN_MINUTES = 3


@dataclass(slots=True)
class LiveTally:
    """``late`` has the minutes by booking; ``lost`` were never ready; ``lost_with_host`` were on a host that died."""

    promised: int = 0
    refused: int = 0
    kept: int = 0
    extended: int = 0
    not_extended: int = 0
    no_shows: int = 0
    late: dict[str, int] = field(default_factory=dict[str, int])
    lost: list[str] = field(default_factory=list[str])
    lost_with_host: list[str] = field(default_factory=list[str])


class LiveLearners:
    def __init__(self, plane: LivePlane, hours: HostHours, fleet: Fleet, trouble: Trouble) -> None:
        self._plane = plane
        self._hours = hours
        self._fleet = fleet
        self._trouble = trouble
        self._random = random.Random(1)
        self.hosts: LiveHosts | None = None
        self.tally = LiveTally()

    async def book(self, booking: MonthBooking) -> None:
        """One booking, from when it is made until nothing is left of it."""
        clock = self._plane.clock
        await clock.sleep(booking.booked_at * 60 - clock.monotonic())
        request = CreateReservation(
            definition_id=booking.shape,
            candidate=Candidate(username=booking.id),
            start=_at(booking.start),
            duration_minutes=booking.end - booking.start,
            external_id=booking.id,
            priority=booking.priority,
        )
        try:
            answer = await self._plane.do(CreateReservationCommand("lms", request))
        except CapacityRefused:
            self.tally.refused += 1
            return
        self.tally.promised += 1
        if booking.cancelled_at is not None:
            await clock.sleep(booking.cancelled_at * 60 - clock.monotonic())
            body = CancelReservation(reason="changed their mind")
            await self._plane.do(CancelReservationCommand(answer.session.reservation_id, body))
        await _Lab(self, booking, answer.session.id).live()

    def died(self, worker_id: str) -> None:
        """lablet-controller finds the host gone: what was on it has failed, through no fault of the learner."""
        for row in self._plane.live_sessions():
            if row.worker_id == worker_id and row.status not in (*_NOT_YET, _S.STOPPING):
                self.tally.lost_with_host.append(row.id)


class _Lab:
    """One session on its host."""

    def __init__(self, world: LiveLearners, booking: MonthBooking, session_id: str) -> None:
        self._world = world
        self._plane = world._plane
        self._tally = world.tally
        self._booking = booking
        self._id = session_id
        self._comes_after = world._trouble.comes_after_minutes()
        self._until = _at(booking.left_at)
        self._wants_until = booking.wants_until
        self._was_ready = False

    async def live(self) -> None:
        steps = {
            _S.INSTANTIATING: self._bring_up,
            _S.READY: self._wait_for_the_learner,
            _S.RUNNING: self._be_used,
            _S.STOPPING: self._go,
            _S.STOPPED: self._end,
            _S.ARCHIVED: self._end,
        }
        while True:
            row = self._plane.session(self._id)
            if row.status is _S.TERMINATED:
                break
            if self._id in self._tally.lost_with_host and row.status is not _S.STOPPING:
                body = StopSession(outcome=SessionOutcome.FAILED, reason="its host died")
                await self._plane.do(StopLabletSessionCommand(self._id, body))
                continue
            step = steps.get(row.status)
            if step is None:
                await self._plane.change_of(self._id)
                continue
            with suppress(DomainError):  # the slot clock was faster: look again
                await step(row)
        if self._booking.cancelled_at is None and not self._was_ready and self._id not in self._tally.lost_with_host:
            self._tally.lost.append(self._booking.id)

    async def _bring_up(self, row: LabletSessionReadModel) -> None:
        begun = self._plane.clock.now()
        done = begun + timedelta(minutes=self._world._random.randint(5, 9))
        while await self._plane.change_of(self._id, until=done):
            if self._plane.session(self._id).status is not row.status or self._id in self._tally.lost_with_host:
                return
        body = MarkSessionReady(
            cml_lab_id=f"lab-{self._id}", lds_session_id=f"lds-{self._id}", login_url="https://lds.example", devices=()
        )
        await self._plane.do(MarkSessionReadyCommand(self._id, body))
        if self._was_ready:
            return
        self._was_ready = True
        late = (done - _at(self._booking.start)).total_seconds() / 60
        if late <= self._world._fleet.grace:
            self._tally.kept += 1
        else:
            self._tally.late[self._booking.id] = round(late)

    async def _wait_for_the_learner(self, row: LabletSessionReadModel) -> None:
        comes = None
        if self._comes_after is not None:
            comes = max(_at(self._booking.start + self._comes_after), self._plane.clock.now())
        if await self._plane.change_of(self._id, until=comes):
            row = self._plane.session(self._id)
            if row.status is _S.READY and row.asked_whether_learner_came():
                self._tally.no_shows += 1
                body = StopSession(outcome=SessionOutcome.NO_SHOW, reason="nobody came")
                await self._plane.do(StopLabletSessionCommand(self._id, body))
            return
        started = SessionStarted(lds_session_id=f"lds-{self._id}", started_at=self._plane.clock.now())
        await self._plane.do(HandleSessionStartedCommand(self._id, started))

    async def _be_used(self, row: LabletSessionReadModel) -> None:
        if self._wants_until is not None:
            if await self._plane.change_of(self._id, until=_at(self._booking.end - 10)):
                return
            until, self._wants_until = self._wants_until, None
            try:
                body = ExtendReservation(minutes=until - self._booking.end)
                await self._plane.do(ExtendReservationCommand(row.reservation_id, body))
            except DomainError:
                self._tally.not_extended += 1
            else:
                self._tally.extended += 1
                self._until = _at(until)
            return
        if await self._plane.change_of(self._id, until=self._until):
            return
        ended = SessionEnded(lds_session_id=f"lds-{self._id}", ended_at=self._plane.clock.now())
        await self._plane.do(HandleSessionEndedCommand(self._id, ended))

    async def _go(self, row: LabletSessionReadModel) -> None:
        await self._plane.clock.sleep(60 * self._world._trouble.teardown_minutes(_TEARDOWN_MINUTES))
        await self._plane.do(MarkSessionStoppedCommand(self._id, MarkSessionStopped(proof="deleted")))
        begun = [change.at for change in row.state_history if change.target is _S.INSTANTIATING]
        if begun and row.worker_id is not None:
            self._world._hours.serves(row.worker_id, _minute(begun[-1]), _minute(self._plane.clock.now()))
            if self._world.hosts is not None:
                self._world.hosts.served(row.worker_id)
        await self._end(row)

    async def _end(self, row: LabletSessionReadModel) -> None:
        del row
        if self._plane.session(self._id).status is _S.STOPPED:
            await self._plane.do(MarkSessionArchivedCommand(self._id, MarkSessionArchived()))
        await self._plane.do(CompleteTerminationCommand(self._id))


def _at(minute: int) -> datetime:
    return MONTH_BEGINS + timedelta(minutes=minute)


def _minute(at: datetime) -> int:
    return int((at - MONTH_BEGINS).total_seconds() // 60)
