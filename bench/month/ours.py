"""Our own way through the month: the real commands, the real rules of admission, waking, placement and scale-down.

Only the loops that call them are simpler here: each thing has its moment on one heap, where the services have watches
and timers. Hosts take up to fifteen minutes to come up, labs five to nine.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bench.month import steps
from bench.month.fleet_keeper import FleetKeeper
from bench.month.hosts import HostHours, most_at_once
from bench.month.plane import Plane
from bench.month.rivals import Fleet, MonthResult
from bench.month.trace import DAY, DAYS, SHAPES, MonthBooking
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.enums import LabletSessionStatus, LicenseType
from lcm_core.domain.errors import CapacityRefused, DomainError
from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.filters import Readiness
from lcm_core.placement.snapshots import placement_request

MONTH_BEGINS = datetime(2030, 1, 7, tzinfo=UTC)
_EXPIRY_MINUTES = 30
_TEARDOWN_MINUTES = 3
_S = LabletSessionStatus


@dataclass(slots=True)
class Tally:
    """*late* and *lost* name the promises that were broken."""

    promised: int = 0
    refused: int = 0
    kept: int = 0
    extended: int = 0
    not_extended: int = 0
    late: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])


class OurMonth:
    """*unlucky* are the launches, counted from 0, that never come up."""

    def __init__(
        self, bookings: Sequence[MonthBooking], fleet: Fleet, *, max_workers: int, unlucky: frozenset[int] = frozenset()
    ) -> None:
        self._fleet = fleet
        self._unlucky = unlucky
        self._bookings = bookings
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._random = random.Random(1)
        self._engine = PlacementEngine()
        self._waiting: dict[str, MonthBooking] = {}
        self.plane = Plane(MONTH_BEGINS)
        self.hours = HostHours()
        self.tally = Tally()
        self.keeper = FleetKeeper(self.plane, self.hours, fleet, self.at, unlucky, came_up=self._place_waiting)
        self.plane.set_up(_template(fleet), _policy(max_workers), SHAPES, fleet.lead * 60)

    def at(self, minute: int, what: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (max(minute, self.minute), next(self._order), what))

    @property
    def minute(self) -> int:
        return int((self.plane.now - MONTH_BEGINS).total_seconds() // 60)

    def play(self) -> MonthResult:
        for booking in self._bookings:
            self.at(booking.booked_at, lambda booking=booking: self._book(booking))
        for minute in range(6 * 60, DAYS * DAY, 6 * 60):
            self.at(minute, self.keeper.consolidate)
        while self._heap:
            minute, _, what = heapq.heappop(self._heap)
            self.plane.now = MONTH_BEGINS + timedelta(minutes=minute)
            what()
        self.hours.close(self.minute)
        return self._result()

    def findings(self) -> list[str]:
        """What an audit of the whole month finds, and whether the log gives the same state again."""
        found = [str(each) for each in self.plane.store.audit(audit_invariants())]
        return found if self.plane.store.replayed() == self.plane.store.documents else [*found, "replay differs"]

    # -- one booking

    def _book(self, booking: MonthBooking) -> None:
        begins = MONTH_BEGINS + timedelta(minutes=booking.start)
        try:
            answer = steps.book(self.plane, booking, begins)
        except CapacityRefused:
            self.tally.refused += 1
            return
        self.tally.promised += 1
        session = answer.session
        self.keeper.look_at(session.promised_worker_id)
        if booking.cancelled_at is not None:
            self.at(booking.cancelled_at, lambda: self._cancel(session.id, session.reservation_id))
            return
        first = int((session.occupation().start - MONTH_BEGINS).total_seconds() // 60)
        self.at(first, lambda: self._begin(booking, session.id))
        self.at(booking.start + _EXPIRY_MINUTES, lambda: self._expire(booking, session.id))

    def _cancel(self, session_id: str, reservation_id: str) -> None:
        holder = self.plane.session(session_id).promised_worker_id
        steps.cancel(self.plane, reservation_id)
        self.keeper.look_at(holder)

    def _begin(self, booking: MonthBooking, session_id: str) -> None:
        """Place it where its room is held, or wherever a worker serves; else it waits for one to come up."""
        session = self.plane.session(session_id)
        if session.status is not _S.PENDING:
            return
        found = self._engine.evaluate(placement_request(session), self.plane.snapshot(), Readiness.NOW)
        if found.best is None:
            self._waiting[session_id] = booking
            return
        self._waiting.pop(session_id, None)
        steps.begin(self.plane, session_id, found.decision(f"d-{session_id}"))
        self.keeper.look_at(session.promised_worker_id)
        begun, takes = self.minute, self._random.randint(5, 9)
        self.at(begun + takes, lambda: self._lab_is_up(booking, session_id, begun))

    def _place_waiting(self) -> None:
        for session_id, booking in list(self._waiting.items()):
            self._begin(booking, session_id)

    def _lab_is_up(self, booking: MonthBooking, session_id: str, begun: int) -> None:
        steps.ready(self.plane, session_id)
        if self.minute <= booking.start + self._fleet.grace:
            self.tally.kept += 1
        else:
            self.tally.late.append(booking.id)
        self.at(booking.start, lambda: steps.log_in(self.plane, session_id))
        if booking.wants_until is not None:
            self.at(booking.end - 10, lambda: self._extend(booking, session_id, begun))
        else:
            self.at(max(booking.left_at, self.minute + 1), lambda: self._leave(session_id, begun))

    def _extend(self, booking: MonthBooking, session_id: str, begun: int) -> None:
        until = booking.end
        try:
            steps.extend(self.plane, self.plane.session(session_id).reservation_id, 30)
        except DomainError:
            self.tally.not_extended += 1
        else:
            self.tally.extended += 1
            until = booking.wants_until or until
        self.at(until, lambda: self._leave(session_id, begun))

    def _leave(self, session_id: str, begun: int) -> None:
        steps.leave(self.plane, session_id)
        self.at(self.minute + _TEARDOWN_MINUTES, lambda: self._gone(session_id, begun))

    def _gone(self, session_id: str, begun: int) -> None:
        worker_id = self.plane.session(session_id).worker_id or ""
        steps.gone(self.plane, session_id)
        self.hours.serves(worker_id, begun, self.minute)
        self.keeper.served(worker_id)

    def _expire(self, booking: MonthBooking, session_id: str) -> None:
        if self.plane.session(session_id).status is _S.PENDING:
            self._waiting.pop(session_id, None)
            steps.expire(self.plane, session_id)
            self.tally.lost.append(booking.id)

    def _result(self) -> MonthResult:
        tally, hours = self.tally, self.hours
        return MonthResult(
            name="ours" if not self._unlucky else f"ours, {len(self._unlucky)} launches fail",
            promised=tally.promised,
            refused=tally.refused,
            kept=tally.kept,
            broken=len(tally.late) + len(tally.lost),
            worker_hours=hours.worker_hours,
            idle_hours=hours.worker_hours - hours.used_hours,
            cost_usd=hours.worker_hours * self._fleet.cost_per_hour_usd,
            workers=most_at_once(hours.up),
        )


def _template(fleet: Fleet) -> CreateWorkerTemplate:
    return CreateWorkerTemplate(
        name="metal",
        region="us-east-1",
        instance_type="m5zn.metal",
        capacity=fleet.capacity,
        license_type=LicenseType.ENTERPRISE,
        cost_per_hour_usd=fleet.cost_per_hour_usd,
        startup_seconds=fleet.startup * 60,
    )


def _policy(max_workers: int) -> FleetPolicy:
    return FleetPolicy(max_workers_per_region=max_workers, drain_look_ahead_seconds=1800)
