"""When could a session begin on workers that cannot take it now? One sweep over the grid, a day at a time, for all.

The answer counts on everybody leaving at the end they have told: it is a promise of nobody, and it is not a booking.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from lcm_core.domain.values import CAPACITY_SLOT, Timeslot
from lcm_core.placement.filters import Readiness, grantable_ports
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.occupancy import DAY, Int32, first_slot_from, slot_start, slots_of

HORIZON = timedelta(days=7)


def earliest_fits(
    index: FleetIndex, request: PlacementRequest, needed: Int32, readiness: Readiness, worker_ids: Iterable[str]
) -> dict[str, datetime]:
    """The first slot from the request's start on from which *needed* fits for as long as is asked.

    A worker that is not up yet takes nobody before it is. Workers without such a slot within HORIZON are left out.
    """
    first, last, _ = slots_of(request.interval)
    length, limit = last - first, first + int(HORIZON / CAPACITY_SLOT)
    begins = _begins(index, request, readiness, worker_ids, first)
    columns = np.array(list(begins), np.intp)
    barred = np.array([begin - 1 for begin in begins.values()], np.int64)  # the last slot seen that will not do
    able = (index.columns.capacity[:, columns] >= needed).all(axis=0)
    columns, barred = columns[able], barred[able]
    without = [holding.token for holding in index.held_for(request.session_id)]
    found: dict[str, datetime] = {}
    day = first
    while columns.size and day < limit + length:
        end = (day // DAY + 1) * DAY
        free = index.room.slots(day, end, columns, without)
        fits = ((free >= needed) | (needed == 0)).all(axis=1)
        slots = np.arange(day, end)[:, np.newaxis]
        bars = np.maximum.accumulate(np.maximum(np.where(fits, barred, slots), barred), axis=0)
        done = slots - bars >= length
        ready = done.any(axis=0)
        starts = day + done.argmax(axis=0) - length + 1
        for column, start in zip(columns[ready].tolist(), starts[ready].tolist(), strict=True):
            if start < limit:
                found[index.worker_at(column).id] = slot_start(start)
        columns, barred, day = columns[~ready], bars[-1][~ready], end
    return found


def _begins(
    index: FleetIndex, request: PlacementRequest, readiness: Readiness, worker_ids: Iterable[str], first: int
) -> dict[int, int]:
    """By column, the first slot in which a worker could serve at all; without those that never will."""
    never = index.columns.facts(request, Readiness.ANY)
    short_of_ports = set(index.columns.short_of_ports(len(request.port_requests)).tolist())
    found: dict[int, int] = {}
    for worker_id in worker_ids:
        worker, column = index.worker(worker_id), index.column(worker_id)
        if never[column] or not _comes_up(worker, readiness):
            continue
        ready = None if readiness is Readiness.ANY else worker.available_from
        begin = first if ready is None else max(first, first_slot_from(ready))
        if column in short_of_ports:
            freed = _ports_from(worker.without(request.session_id), request, index.at)
            if freed is None:
                continue
            begin = max(begin, first_slot_from(freed))
        found[column] = begin
    return found


def _comes_up(worker: WorkerSnapshot, readiness: Readiness) -> bool:
    match readiness:
        case Readiness.NOW:
            return worker.placeable or worker.available_from is not None
        case Readiness.BY_START:
            return worker.supply is not WorkerSupply.GONE
        case Readiness.ANY:
            return True


def _ports_from(worker: WorkerSnapshot, request: PlacementRequest, now: datetime) -> datetime | None:
    """When enough of those who hold its ports will have left; None when that is not known."""
    wanted = len(request.port_requests)
    if grantable_ports(worker, request, now) == wanted:
        return request.interval.start
    until = [(held, held.occupied_until(now)) for held in worker.allocations]
    for leaving in sorted({end for _, end in until if end is not None}):
        staying = tuple(held for held, end in until if end is None or end > leaving)
        later = Timeslot(start=leaving, end=leaving + request.interval.duration)
        if grantable_ports(replace(worker, allocations=staying), replace(request, interval=later), now) == wanted:
            return max(leaving, request.interval.start)
    return None
