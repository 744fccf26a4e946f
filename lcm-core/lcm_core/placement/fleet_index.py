"""The fleet as arrays, one column per worker, kept up to date by differences.

What a change costs depends on the slots that it touches, not on how many workers or bookings there are. The snapshots
that were put in are kept as well: whatever the grid cannot tell exactly is asked of the rules themselves.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, pairwise

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.values import CapacityAllocation, Timeslot
from lcm_core.placement.fleet import FleetSnapshot, WorkerSnapshot
from lcm_core.placement.occupancy import FreeRoom, Int32, Span, slots_of
from lcm_core.placement.scoring import FitPoints
from lcm_core.placement.worker_columns import WorkerColumns, amounts_of

_LEAST_GROWTH = 8
LARGEST_HOLDING = 1_000_000
"""Units of one allocation that the grid counts; a worker that holds more is judged by the rules themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Holding:
    """One allocation in the grid, under ``token``; not ``exact`` when the grid tells more of it than is true."""

    allocation: CapacityAllocation
    column: int
    token: int
    exact: bool


@dataclass(slots=True)
class _Known:
    """``place`` is that in the order in which the workers were given, ``column`` that in the arrays."""

    worker: WorkerSnapshot
    place: int
    column: int
    holdings: list[Holding]


class FleetIndex:
    """``version`` counts changes; ``growth`` those after which something may fit that did not before."""

    def __init__(self, at: datetime, columns: int = 16) -> None:
        self.at = at
        self.version = 0
        self.growth = 0
        self.room = FreeRoom(columns)
        self.columns = WorkerColumns(columns)
        self.inexact: dict[int, int] = {}
        self._known: dict[str, _Known] = {}
        self._workers: list[WorkerSnapshot] = []
        self._order: NDArray[np.intp] | None = None
        self._in_id_order: bool | None = None
        self._vacant = list(range(columns))
        self._tokens = count()
        self._ends: list[tuple[datetime, int]] = []
        self._holders: dict[str, list[Holding]] = {}
        self._snapshot: FleetSnapshot | None = None
        self._points: FitPoints | None = None

    @classmethod
    def of(cls, fleet: FleetSnapshot) -> FleetIndex:
        index = cls(fleet.at, max(len(fleet.workers), 1))
        index.sync(fleet)
        return index

    # -- questions

    def __len__(self) -> int:
        return len(self._known)

    def worker(self, worker_id: str) -> WorkerSnapshot:
        return self._known[worker_id].worker

    def __contains__(self, worker_id: str) -> bool:
        return worker_id in self._known

    def column(self, worker_id: str) -> int:
        return self._known[worker_id].column

    def worker_at(self, column: int) -> WorkerSnapshot:
        return self._known[self.columns.ids[column]].worker

    def held_for(self, session_id: str) -> Sequence[Holding]:
        """What the session holds already, wherever that is."""
        return self._holders.get(session_id, ())

    def snapshot(self) -> FleetSnapshot:
        """The fleet as it stands; the same object until something changes."""
        if self._snapshot is None:
            self._snapshot = FleetSnapshot(self.at, tuple(self._workers))
        return self._snapshot

    @property
    def order(self) -> NDArray[np.intp]:
        """The columns of the workers in ``snapshot``."""
        if self._order is None:
            columns = [self._known[worker.id].column for worker in self._workers]
            self._order = np.array(columns, np.intp)
        return self._order

    @property
    def in_id_order(self) -> bool:
        """Whether a lower column means a lower id."""
        if self._in_id_order is None:
            columns = sorted((known.column, worker_id) for worker_id, known in self._known.items())
            self._in_id_order = all(one[1] < next_one[1] for one, next_one in pairwise(columns))
        return self._in_id_order

    @property
    def points(self) -> FitPoints:
        if self._points is None:
            self._points = FitPoints(self.columns.declared)
        return self._points

    # -- changes

    def sync(self, fleet: FleetSnapshot) -> None:
        """Become *fleet*; workers that are the same objects as before cost next to nothing."""
        if fleet.at < self.at:
            for worker_id in list(self._known):
                self.remove(worker_id)
            self.at = fleet.at
        if len(fleet.workers) != len(self._known) or any(worker.id not in self._known for worker in fleet.workers):
            staying = {worker.id for worker in fleet.workers}
            for worker_id in [known for known in self._known if known not in staying]:
                self.remove(worker_id)
            self._reserve(len(fleet.workers) - len(self._known))
        for place, worker in enumerate(fleet.workers):
            known = self._known.get(worker.id)
            if known is None or known.worker is not worker:
                known = self._put(worker)
            if known.place != place:
                known.place, self._order = place, None
        self._workers = list(fleet.workers)
        self.advance(fleet.at)
        self._snapshot = fleet

    def put(self, worker: WorkerSnapshot) -> None:
        """Take note of a worker, or of what has changed about it."""
        self._put(worker)

    def remove(self, worker_id: str) -> None:
        known = self._known[worker_id]
        self._become(known, replace(known.worker, allocations=()))
        del self._known[worker_id]
        del self._workers[known.place]
        for place, worker in enumerate(self._workers[known.place :], known.place):
            self._known[worker.id].place = place
        self._order = self._in_id_order = None
        self.room.add_capacity(known.column, -self.columns.capacity[:, known.column])
        self.columns.vacate(known.column)
        heapq.heappush(self._vacant, known.column)
        self._points = None

    def hold(self, worker_id: str, allocation: CapacityAllocation) -> None:
        known = self._known[worker_id]
        known.holdings.append(self._take(known.column, allocation))
        self._now_is(known, known.worker.holding(allocation))

    def release(self, worker_id: str, session_id: str) -> bool:
        """False when the session holds nothing there."""
        known = self._known[worker_id]
        gone = [holding for holding in self.held_for(session_id) if holding.column == known.column]
        if not gone:
            return False
        for holding in gone:
            self._give_back(holding)
            known.holdings.remove(holding)
        self._now_is(known, known.worker.without(session_id))
        return True

    def move(self, worker_id: str, session_id: str, interval: Timeslot) -> None:
        """The session keeps its room there, over another interval."""
        known = self._known[worker_id]
        moved = tuple(
            held.model_copy(update={"interval": interval}) if held.session_id == session_id else held
            for held in known.worker.allocations
        )
        self._become(known, replace(known.worker, allocations=moved))

    def advance(self, now: datetime) -> None:
        """Time passes: what is past its end and not released holds its room without end from here on."""
        if now < self.at:
            raise ValueError(f"the index stands at {self.at}, it cannot go back to {now}")
        if now > self.at:
            self.at, self._snapshot = now, None
        while self._ends and self._ends[0][0] <= now:
            _, token = heapq.heappop(self._ends)
            if self.room.holds(token):
                self.room.hold(token, replace(self.room.release(token), last=None))
                self.version += 1

    # -- inside

    def _put(self, worker: WorkerSnapshot) -> _Known:
        known = self._known.get(worker.id)
        if known is None:
            self._reserve(1)
            known = _Known(worker, len(self._workers), heapq.heappop(self._vacant), [])
            self._known[worker.id] = known
            self._workers.append(worker)
            self._order = self._in_id_order = None
            self._describe(known.column, worker)
        elif replace(known.worker, allocations=worker.allocations) != worker:
            self._describe(known.column, worker)
        self._become(known, worker)
        return known

    def _reserve(self, more: int) -> None:
        missing = more - len(self._vacant)
        if missing > 0:
            old = self.room.columns
            new = old + max(missing, old // 4, _LEAST_GROWTH)
            self.room.grow(new)
            self.columns.grow(new)
            self._vacant.extend(range(old, new))
            self._points = None

    def _describe(self, column: int, worker: WorkerSnapshot) -> None:
        """Write down all but the allocations."""
        before: Int32 = self.columns.capacity[:, column].copy()
        self.columns.describe(column, worker)
        self._points = None
        more = self.columns.capacity[:, column] - before
        if more.any():
            self.room.add_capacity(column, more)
        self.growth += 1

    def _become(self, known: _Known, worker: WorkerSnapshot) -> None:
        """Release what *worker* does not hold any more, then take what it does not hold yet."""
        if known.worker.allocations != worker.allocations or len(known.holdings) != len(worker.allocations):
            before: dict[str, list[Holding]] = {}
            for holding in known.holdings:
                before.setdefault(holding.allocation.session_id, []).append(holding)
            kept: list[Holding] = []
            fresh: list[CapacityAllocation] = []
            for allocation in worker.allocations:
                same = _find(before.get(allocation.session_id, []), allocation)
                if same is None:
                    fresh.append(allocation)
                else:
                    kept.append(same)
            for left in before.values():
                for holding in left:
                    self._give_back(holding)
            known.holdings = [*kept, *(self._take(known.column, allocation) for allocation in fresh)]
        self._now_is(known, worker)

    def _now_is(self, known: _Known, worker: WorkerSnapshot) -> None:
        known.worker = self._workers[known.place] = worker
        self.version += 1
        self._snapshot = None

    def _take(self, column: int, allocation: CapacityAllocation) -> Holding:
        first, last, on_grid = slots_of(allocation.interval)
        amounts = amounts_of(allocation.vector)
        countable = int(amounts.max()) <= LARGEST_HOLDING
        holding = Holding(allocation, column, next(self._tokens), on_grid and countable)
        until = allocation.occupied_until(self.at)
        span = Span(column, first, None if until is None else last, amounts if countable else amounts * 0)
        self.room.hold(holding.token, span)
        if until is not None:
            heapq.heappush(self._ends, (until, holding.token))
        if not holding.exact:
            self.inexact[column] = self.inexact.get(column, 0) + 1
        self._holders.setdefault(allocation.session_id, []).append(holding)
        self.columns.count_booking(column, 1, len(allocation.ports))
        return holding

    def _give_back(self, holding: Holding) -> None:
        self.room.release(holding.token)
        if not holding.exact:
            self.inexact[holding.column] -= 1
            if not self.inexact[holding.column]:
                del self.inexact[holding.column]
        held = self._holders[holding.allocation.session_id]
        held.remove(holding)
        if not held:
            del self._holders[holding.allocation.session_id]
        self.columns.count_booking(holding.column, -1, -len(holding.allocation.ports))
        self.growth += 1


def _find(holdings: list[Holding], allocation: CapacityAllocation) -> Holding | None:
    """Take the holding of *allocation* out of *holdings*."""
    for place, holding in enumerate(holdings):
        if holding.allocation is allocation or holding.allocation == allocation:
            return holdings.pop(place)
    return None
