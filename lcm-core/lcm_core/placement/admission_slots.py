"""When else? The times nearest to a wish at which somebody has room.

Room only appears where an allocation ends, where a worker becomes ready, or so early that the occupation ends where an
allocation begins. Only these points are tried, nearest first, and no more than a fixed number of checks are made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from lcm_core.domain.values import CAPACITY_SLOT, Timeslot
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot

SLOTS_TOLD = 3
_MOST_POINTS = 64
_MOST_CHECKS = 1_500

Fits = Callable[[WorkerSnapshot, PlacementRequest], bool]


def nearest_slots(
    request: PlacementRequest,
    now: datetime,
    fits: Fits,
    workers: Sequence[WorkerSnapshot],
    latest: datetime | None = None,
) -> tuple[Timeslot, ...]:
    """Up to three occupations as long as the wanted one, before and after it, that one of *workers* could hold."""
    could = [worker for worker in workers if _could_ever(worker, request, fits)]
    checks = _MOST_CHECKS
    found: list[Timeslot] = []
    for start in _points(request, now, could, latest):
        slot = Timeslot(start=start, end=start + request.interval.duration)
        wish = replace(request, interval=slot, needed_at=None, asap=False)
        checks -= len(could)
        if any(fits(worker, wish) for worker in could):
            found.append(slot)
        if len(found) == SLOTS_TOLD or checks < 0:
            break
    return tuple(sorted(found, key=lambda each: abs(each.start - request.interval.start)))


def _could_ever(worker: WorkerSnapshot, request: PlacementRequest, fits: Fits) -> bool:
    """Whether it would take the request if nobody were there and it had time to come up."""
    empty = replace(worker, allocations=(), available_from=None)
    return fits(empty, request)


def _points(
    request: PlacementRequest, now: datetime, workers: Iterable[WorkerSnapshot], latest: datetime | None
) -> list[datetime]:
    wanted = request.interval.start
    starts = {_on_grid(start) for worker in workers for start in _of(worker, request.interval.duration, now)}
    possible = (each for each in starts if each >= now and each != wanted and (latest is None or each <= latest))
    return sorted(possible, key=lambda each: (abs(each - wanted), each))[:_MOST_POINTS]


def _of(worker: WorkerSnapshot, duration: timedelta, now: datetime) -> Iterator[datetime]:
    yield worker.available_from or now
    for allocation in worker.allocations:
        yield allocation.interval.end
        yield allocation.interval.start - duration


def _on_grid(at: datetime) -> datetime:
    """The next beginning of a capacity slot, or *at* if it is one."""
    return Timeslot(start=at - CAPACITY_SLOT, end=at).on_grid().end
