"""The one feasibility rule: does a request fit on a worker over an interval?

Called by the placement engine when it proposes and by the worker aggregate when it commits, so that both always agree.
Pure arithmetic: no clock, no I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from operator import attrgetter

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.values import (
    RESOURCE_DIMENSIONS,
    CapacityAllocation,
    PortBinding,
    PortRange,
    PortRequest,
    ResourceVector,
    Timeslot,
)

PERSONAL_LICENCE_NODES = 20
_amounts: Callable[[ResourceVector], tuple[int, ...]] = attrgetter(*RESOURCE_DIMENSIONS)
_NOTHING = (0,) * len(RESOURCE_DIMENSIONS)


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One dimension in which a request does not fit: units needed against units free over the whole interval."""

    dimension: str
    needed: int
    free: int

    def __str__(self) -> str:
        return f"{self.dimension}: needs {self.needed}, {self.free} free"


def usable(declared: ResourceVector, port_range: PortRange, foreign: Collection[int] = ()) -> ResourceVector:
    """*declared*, with no more ports than the range has beside those that *foreign* labs forward."""
    return declared.model_copy(update={"ports": min(declared.ports, ports_of_ours(port_range, foreign))})


def ports_of_ours(port_range: PortRange, foreign: Collection[int] = ()) -> int:
    """How many ports of the range no foreign lab forwards."""
    return port_range.size - sum(port_range.first <= port <= port_range.last for port in set(foreign))


def licensed_nodes(kind: LicenseType, node_limit: int) -> int | None:
    """Nodes that may run at once under a licence; None when only the declared capacity limits them.

    *node_limit* 0 means that nobody has read the licence yet.
    """
    if node_limit > 0:
        return node_limit
    return PERSONAL_LICENCE_NODES if kind is LicenseType.PERSONAL else None


def peak_allocated(allocations: Iterable[CapacityAllocation], interval: Timeslot, now: datetime) -> ResourceVector:
    """Per dimension, the largest sum held at any instant of *interval*.

    An allocation that is past its end and not released counts as held without end.
    """
    return ResourceVector(**dict(zip(RESOURCE_DIMENSIONS, peak_amounts(allocations, interval, now), strict=True)))


def peak_amounts(allocations: Iterable[CapacityAllocation], interval: Timeslot, now: datetime) -> tuple[int, ...]:
    """The same in the order of RESOURCE_DIMENSIONS, for those who add up many.

    The sum can only rise where an allocation begins, so it is taken at the interval's start and at each later
    beginning.
    """
    overlapping: list[tuple[datetime, datetime | None, tuple[int, ...]]] = []
    for allocation in allocations:
        start = allocation.interval.start
        if start < interval.end:
            until = allocation.occupied_until(now)
            if until is None or until > interval.start:
                overlapping.append((start, until, _amounts(allocation.vector)))
    if len(overlapping) == 1:
        return overlapping[0][2]
    peak = _NOTHING
    for instant in {max(start, interval.start) for start, _, _ in overlapping}:
        held = [
            amounts for start, until, amounts in overlapping if start <= instant and (until is None or until > instant)
        ]
        peak = tuple(map(max, peak, map(sum, zip(*held, _NOTHING, strict=True))))
    return peak


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
    requests: Sequence[PortRequest],
    allocations: Iterable[CapacityAllocation],
    port_range: PortRange,
    interval: Timeslot,
    now: datetime,
    *,
    spared: Collection[int] = (),
    foreign: Collection[int] = (),
) -> tuple[PortBinding, ...] | None:
    """An outer port for each request, or None when there are too few that are free over all of *interval*.

    Lowest first of those that nobody holds at any time, so that a session that overruns does not meet another one's
    port; only then of those whose holders have left before, or come after; those *spared* only when nothing else is
    left. Never those that *foreign* labs on the host forward.
    """
    held: set[int] = set()
    taken: set[int] = set()
    for allocation in allocations:
        outers = {binding.outer for binding in allocation.ports}
        held |= outers
        if allocation.meets(interval.start, interval.end, now):
            taken |= outers
    everything = range(port_range.first, port_range.last + 1)
    not_ours = frozenset(foreign)
    kept_free = frozenset(spared) | not_ours
    unheld = (port for port in everything if port not in held and port not in kept_free)
    shareable = (port for port in sorted(held - taken - kept_free) if port in everything)
    last = (port for port in sorted(kept_free - not_ours - taken) if port in everything)
    free = list(islice(chain(unheld, shareable, last), len(requests)))
    if len(free) < len(requests):
        return None
    return tuple(
        PortBinding(**request.model_dump(), outer=outer) for request, outer in zip(requests, free, strict=True)
    )
