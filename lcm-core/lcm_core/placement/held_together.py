"""What the workers that are in use hold, and have free, all together over the interval of one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lcm_core.domain.values import RESOURCE_DIMENSIONS, ResourceVector
from lcm_core.placement.explanation import CompactExplanation
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.placement.fleet_index import FleetIndex
from lcm_core.placement.occupancy import slots_of

_MOST_LOOKED_AT = 24


def room_in_all(told: CompactExplanation, index: FleetIndex) -> bool:
    """Whether all workers in use together have the room that is wanted: without it no moving of others makes any."""
    first, last, _ = slots_of(told.request.interval)
    free = index.room.least_together(first, last, np.flatnonzero(_in_use(told, index)))
    return bool((free[1:] >= told.needed[1:, 0]).all())


def held_in_all(told: CompactExplanation, index: FleetIndex) -> ResourceVector:
    """What workers hold over the interval, each at its peak, altogether."""
    used = _in_use(told, index)
    held = (index.columns.capacity[1:, used] - told.free[1:, used]).clip(min=0).sum(axis=1, dtype=np.int64).tolist()
    return ResourceVector(**dict(zip(RESOURCE_DIMENSIONS, held, strict=True)))


def _in_use(told: CompactExplanation, index: FleetIndex) -> NDArray[np.bool_]:
    there = (index.columns.supply != WorkerSupply.GONE) & ~index.columns.vacant
    return there & (index.columns.capacity[1:] > told.free[1:]).any(axis=0)


def roomiest(told: CompactExplanation, index: FleetIndex, movable: Sequence[PlacementRequest]) -> FleetSnapshot:
    """The workers in use with the largest free share, with what they hold while one of *movable* or the request does.

    Rearranging a few is as good as rearranging hundreds, and its cost does not grow with the fleet.
    """
    columns = np.flatnonzero(_in_use(told, index))
    capacity = np.maximum(index.columns.capacity[1:, columns], 1)
    shares = (told.free[1:, columns] / capacity).min(axis=0)
    chosen = columns[np.argsort(-shares, kind="stable")[:_MOST_LOOKED_AT]].tolist()
    intervals = [told.request.interval, *(each.interval for each in movable)]
    start, end = min(each.start for each in intervals), max(each.end for each in intervals)

    def within_it(worker: WorkerSnapshot) -> WorkerSnapshot:
        held = tuple(each for each in worker.allocations if each.meets(start, end, index.at))
        return replace(worker, allocations=held)

    return FleetSnapshot(index.at, tuple(within_it(index.worker_at(column)) for column in chosen))
