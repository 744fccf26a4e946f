"""The one feasibility rule: does a request fit on a worker over an interval?

Called by the placement engine when it proposes and by the worker aggregate when it commits, so that both always agree.
Pure arithmetic: no clock, no I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lcm_core.domain.values import (
    RESOURCE_DIMENSIONS,
    CapacityAllocation,
    PortBinding,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One dimension in which a request does not fit: units needed against units free over the whole interval."""

    dimension: str
    needed: int
    free: int

    def __str__(self) -> str:
        return f"{self.dimension}: needs {self.needed}, {self.free} free"


def usable(declared: ResourceVector, port_range: PortRange) -> ResourceVector:
    """*declared*, with no more ports than the range has."""
    return declared.model_copy(update={"ports": min(declared.ports, port_range.size)})


def peak_allocated(allocations: Iterable[CapacityAllocation], interval: Timeslot, now: datetime) -> ResourceVector:
    """Per dimension, the largest sum held at any instant of *interval*.

    The sum can only rise where an allocation begins, so it is taken at the interval's start and at each later
    beginning.
    An allocation that is past its end and not released counts as held without end.
    """
    holding = [
        (allocation.interval.start, allocation.occupied_until(now), allocation.vector) for allocation in allocations
    ]
    overlapping = [
        (start, until, vector)
        for start, until, vector in holding
        if start < interval.end and (until is None or until > interval.start)
    ]
    instants = {interval.start} | {start for start, _, _ in overlapping if start > interval.start}
    peak = dict.fromkeys(RESOURCE_DIMENSIONS, 0)
    for instant in instants:
        held = [
            vector for start, until, vector in overlapping if start <= instant and (until is None or until > instant)
        ]
        for name in RESOURCE_DIMENSIONS:
            peak[name] = max(peak[name], sum(int(getattr(vector, name)) for vector in held))
    return ResourceVector(**peak)


def shortfalls(
    declared: ResourceVector,
    allocations: Iterable[CapacityAllocation],
    request: ResourceVector,
    interval: Timeslot,
    now: datetime,
) -> tuple[Shortfall, ...]:
    """Dimensions in which *request* does not fit over *interval*; empty when it fits."""
    peak = peak_allocated(allocations, interval, now)
    found: list[Shortfall] = []
    for name, needed in request.dimensions():
        # An overrun may hold more than there is; what asks for none of it fits all the same.
        free = max(0, int(getattr(declared, name)) - int(getattr(peak, name)))
        if needed > free:
            found.append(Shortfall(name, needed, free))
    return tuple(found)


def available(
    declared: ResourceVector, allocations: Iterable[CapacityAllocation], interval: Timeslot, now: datetime
) -> ResourceVector:
    """Room left over the whole interval, never below zero."""
    peak = peak_allocated(allocations, interval, now)
    return ResourceVector(**{name: max(0, amount - int(getattr(peak, name))) for name, amount in declared.dimensions()})


def choose_ports(
    requests: Sequence[PortRequest], allocations: Iterable[CapacityAllocation], port_range: PortRange
) -> tuple[PortBinding, ...] | None:
    """Lowest free outer port for each request, or None when the range is exhausted.

    Ports are kept disjoint over all live allocations whatever their intervals: a session that overruns then never
    meets another one's port.
    """
    taken = {binding.outer for allocation in allocations for binding in allocation.ports}
    free = (port for port in range(port_range.first, port_range.last + 1) if port not in taken)
    bindings: list[PortBinding] = []
    for request in requests:
        outer = next(free, None)
        if outer is None:
            return None
        bindings.append(PortBinding(**request.model_dump(), outer=outer))
    return tuple(bindings)
