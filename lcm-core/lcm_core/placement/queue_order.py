"""In which order those who wait for room are given it: one definition for placing, waking, telling and admitting."""

from __future__ import annotations

from datetime import datetime

from lcm_core.domain.enums import BookingPriority
from lcm_core.domain.values import ResourceVector
from lcm_core.placement.fleet import PlacementRequest

USUAL_HOST = ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=500, nodes=320, ports=8000)
"""By its share of this a lab is large or small. Not by the fleet as it is, which changes while people stand in line."""

QueueKey = tuple[int, datetime, float, str]

_RANKS = {priority: rank for rank, priority in enumerate(BookingPriority)}


def rank_of(priority: BookingPriority) -> int:
    """0 goes first: exams, then classes, then self-study."""
    return _RANKS[priority]


def queue_order(request: PlacementRequest) -> QueueKey:
    """By priority, then the earliest start, then the largest: what is hard to fit goes before what fits anywhere."""
    return rank_of(request.priority), request.interval.start, -_size(request.requirements), request.session_id


def _size(vector: ResourceVector) -> float:
    """The largest share of the usual host, over all dimensions."""
    most = dict(USUAL_HOST.dimensions())
    return max(amount / most[name] for name, amount in vector.dimensions())
