"""Three other ways to run the fleet on the same month: all day for the peak, launching when somebody waits, knowing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.month.hosts import most_at_once, union_minutes
from bench.month.trace import DAY, DAYS, MonthBooking
from lcm_core.domain.values import ResourceVector


@dataclass(frozen=True, slots=True)
class Fleet:
    """One kind of worker. Times in minutes."""

    capacity: ResourceVector
    cost_per_hour_usd: float
    startup: int
    lead: int
    teardown: int
    grace: int
    idle: int


@dataclass(frozen=True, slots=True)
class MonthResult:
    """``kept`` and ``broken`` add up to the promises whose time came; hours are worker-hours."""

    name: str
    promised: int
    refused: int
    kept: int
    broken: int
    worker_hours: float
    idle_hours: float
    cost_usd: float
    workers: int


@dataclass(slots=True)
class _Bin:
    up_from: int
    ready_at: int
    held: list[tuple[int, int, ResourceVector]] = field(default_factory=list)
    down_at: int | None = None

    def fits(self, vector: ResourceVector, start: int, end: int, capacity: ResourceVector) -> bool:
        overlapping = [held for held in self.held if held[0] < end and held[1] > start]
        instants = {start, *(held[0] for held in overlapping if held[0] > start)}
        return all(
            capacity.covers(_sum(vector, [held[2] for held in overlapping if held[0] <= at < held[1]]))
            for at in instants
        )


def _sum(vector: ResourceVector, others: Sequence[ResourceVector]) -> ResourceVector:
    total = vector
    for other in others:
        total = total + other
    return total


def fixed_fleet(bookings: Sequence[MonthBooking], fleet: Fleet) -> MonthResult:
    """As many workers as the peak needs, always up: nothing is ever late, most of it is never used."""
    bins: list[_Bin] = []
    for booking in sorted(bookings, key=lambda each: (each.start, each.id)):
        start, end = booking.start - fleet.lead, booking.end + fleet.teardown
        chosen = next((found for found in bins if found.fits(booking.vector, start, end, fleet.capacity)), None)
        if chosen is None:
            chosen = _Bin(0, 0)
            bins.append(chosen)
        chosen.held.append((start, end, booking.vector))
    hours = len(bins) * DAYS * 24.0
    came = sum(booking.cancelled_at is None for booking in bookings)
    used = sum(union_minutes([(start, end) for start, end, _ in found.held]) / 60 for found in bins)
    cost = hours * fleet.cost_per_hour_usd
    return MonthResult("fixed fleet", len(bookings), 0, came, 0, hours, hours - used, cost, len(bins))


def reactive(bookings: Sequence[MonthBooking], fleet: Fleet) -> MonthResult:
    """Looks at a session when its time has come; who finds no worker waits for one to be launched."""
    came = [booking for booking in bookings if booking.cancelled_at is None]
    bins: list[_Bin] = []
    broken = 0
    for booking in sorted(came, key=lambda each: (each.start, each.id)):
        now, end = booking.start - fleet.lead, booking.left_at + fleet.teardown
        _rest(bins, now, fleet.idle)
        up = [found for found in bins if found.down_at is None]
        chosen = next((found for found in up if found.fits(booking.vector, now, booking.end, fleet.capacity)), None)
        if chosen is None:
            chosen = _Bin(now, now + fleet.startup)
            bins.append(chosen)
        begins = max(now, chosen.ready_at)
        broken += begins + fleet.lead > booking.start + fleet.grace
        chosen.held.append((begins, max(end, begins + 1), booking.vector))
    _rest(bins, DAYS * DAY + DAY, fleet.idle)
    hours = sum((found.down_at or 0) - found.up_from for found in bins) / 60
    used = sum(union_minutes([(start, end) for start, end, _ in found.held]) / 60 for found in bins)
    at_once = most_at_once([(found.up_from, found.down_at or 0) for found in bins])
    cost = hours * fleet.cost_per_hour_usd
    return MonthResult("reactive", len(bookings), 0, len(came) - broken, broken, hours, hours - used, cost, at_once)


def _rest(bins: Sequence[_Bin], now: int, idle: int) -> None:
    """Take down who has been empty for long enough."""
    for found in bins:
        if found.down_at is None and found.held:
            empty_from = max(end for _, end, _ in found.held)
            if empty_from + idle <= now:
                found.down_at = empty_from + idle


def oracle(bookings: Sequence[MonthBooking], fleet: Fleet) -> MonthResult:
    """No fleet can be cheaper: at each instant the fewest workers whose capacity covers what is really in use."""
    came = [booking for booking in bookings if booking.cancelled_at is None]
    changes = sorted(
        [(booking.start - fleet.lead, 1, booking) for booking in came]
        + [(booking.left_at + fleet.teardown, -1, booking) for booking in came],
        key=lambda change: (change[0], change[1], change[2].id),
    )
    load = dict.fromkeys(ResourceVector.model_fields, 0)
    minutes, before, most, needed = 0, 0, 0, 0
    for at, sign, booking in changes:
        minutes += needed * (at - before)
        before = at
        for name, amount in booking.vector.dimensions():
            load[name] += sign * amount
        needed = max(-(-load[name] // amount) for name, amount in fleet.capacity.dimensions())
        most = max(most, needed)
    hours = minutes / 60
    cost = hours * fleet.cost_per_hour_usd
    return MonthResult("oracle (lower bound)", len(bookings), 0, len(came), 0, hours, 0.0, cost, most)
