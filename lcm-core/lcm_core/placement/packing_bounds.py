"""What no packing can undercut: proven lower bounds on the cost of new workers.

Looked at instant by instant, since at each of them what is held must fit side by side: by volume per dimension, by
sizes that cannot share a worker (dual feasible functions), and by bookings that exclude each other pairwise (a clique).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import ceil, gcd

_EPSILON = 1e-9
_CLOSE_LOOKS = 6
"""Instants, the fullest ones, at which more than the volume is looked at."""
_MOST_CELLS = 4_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A booking: amounts per dimension, the instants [first, last), the kinds that may take it (a bit each)."""

    amounts: tuple[int, ...]
    first: int
    last: int
    allowed: int
    held: bool = False


@dataclass(frozen=True, slots=True)
class Supplied:
    """A kind of worker: its bit, its capacity, its cost (0 for one that is there already)."""

    bit: int
    capacity: tuple[int, ...]
    cost: float


def lower_bound(wanted: Sequence[Wanted], rooms: Sequence[Supplied], offers: Sequence[Supplied]) -> float:
    """No set of new workers that takes all of *wanted*, together with *rooms*, costs less (USD an hour).

    Bookings that no common offer takes need workers apart, so that their bounds add up. What a room holds is among
    *wanted* too, allowed in that room only.
    """
    offered = sum(offer.bit for offer in offers)
    total = 0.0
    for family in _families({each.allowed & offered for each in wanted}):
        best = 0.0
        for kinds in {each.allowed & offered for each in wanted if each.allowed & family}:
            bound = [each for each in wanted if each.allowed & offered and not each.allowed & offered & ~kinds]
            usable = reduce(lambda bits, each: bits | each.allowed, bound, 0)
            held = [each for each in wanted if each.held and each.allowed & usable]
            best = max(
                best,
                _bound(
                    [*bound, *held],
                    [room for room in rooms if room.bit & usable],
                    [offer for offer in offers if offer.bit & kinds],
                ),
            )
        total += best
    return total


def _families(masks: Iterable[int]) -> list[int]:
    """Unions of the masks that have bits in common."""
    found: list[int] = []
    for mask in masks:
        if mask:
            together = [each for each in found if each & mask]
            found = [each for each in found if not each & mask]
            found.append(reduce(lambda one, other: one | other, together, mask))
    return found


def _bound(wanted: Sequence[Wanted], rooms: Sequence[Supplied], offers: Sequence[Supplied]) -> float:
    dimensions = range(len(wanted[0].amounts))
    largest = [max(kind.capacity[at] for kind in (*rooms, *offers)) for at in dimensions]
    cheapest = min(offer.cost for offer in offers)
    volumes = _volumes(wanted)
    best = 0.0
    for at in dimensions:
        beyond = max(row[at] for row in volumes) - sum(room.capacity[at] for room in rooms)
        best = max(best, _cover(beyond, [(offer.capacity[at], offer.cost) for offer in offers]))
    fullest = sorted(
        range(len(volumes)),
        key=lambda instant: -max((volumes[instant][at] / largest[at] for at in dimensions if largest[at]), default=0),
    )
    for instant in fullest[:_CLOSE_LOOKS]:
        present = [each.amounts for each in wanted if each.first <= instant < each.last]
        apart = [_bins_by_size([amounts[at] for amounts in present], largest[at]) for at in dimensions]
        bins = max([_clique(present, largest), *apart])
        best = max(best, (bins - len(rooms)) * cheapest)
    return best


def _volumes(wanted: Sequence[Wanted]) -> list[list[int]]:
    """Per instant and dimension, the sum of what is held."""
    instants, dimensions = max(each.last for each in wanted), len(wanted[0].amounts)
    change = [[0] * dimensions for _ in range(instants + 1)]
    for each in wanted:
        for at, amount in enumerate(each.amounts):
            change[each.first][at] += amount
            change[each.last][at] -= amount
    for instant in range(1, instants):
        for at in range(dimensions):
            change[instant][at] += change[instant - 1][at]
    return change[:instants]


def _cover(beyond: int, offers: Sequence[tuple[int, float]]) -> float:
    """The lowest cost of whole workers whose capacities (of one dimension) add up to *beyond*."""
    offers = [(capacity, cost) for capacity, cost in offers if capacity]
    if beyond <= 0 or not offers:
        return 0.0
    unit = gcd(*(capacity for capacity, _ in offers))
    cells = ceil(beyond / unit)
    if cells > _MOST_CELLS:
        return beyond * min(cost / capacity for capacity, cost in offers)
    steps = [(capacity // unit, cost) for capacity, cost in offers]
    costs = [0.0]
    for filled in range(1, cells + 1):
        costs.append(min(costs[max(0, filled - step)] + cost for step, cost in steps))
    return costs[-1]


def _bins_by_size(sizes: Sequence[int], capacity: int) -> int:
    """Bins of *capacity* that these sizes need at least: the best of two classes of dual feasible functions."""
    counted = Counter(size for size in sizes if size)
    if not counted or not capacity:
        return 0
    return max(ceil(volume - _EPSILON) for volume in _rounded_volumes(counted, capacity))


def _rounded_volumes(sizes: Mapping[int, int], capacity: int) -> Iterator[float]:
    """*sizes* with how many there are of each: bookings come in few sizes."""
    for least in sorted({0, *(size for size in sizes if 2 * size <= capacity)}):
        # Beside one larger than capacity - least there is room for nothing of at least that size.
        large = ((capacity if size > capacity - least else size, many) for size, many in sizes.items() if size >= least)
        yield sum(size * many for size, many in large) / capacity
    for parts in range(1, 5):
        # At most *parts* sizes of more than capacity / (parts + 1) fit side by side.
        yield sum(
            many * (size / capacity if (parts + 1) * size % capacity == 0 else (parts + 1) * size // capacity / parts)
            for size, many in sizes.items()
        )


def _clique(present: Sequence[tuple[int, ...]], largest: Sequence[int]) -> int:
    """Bookings of which no two fit on one worker, gathered greedily, largest first."""
    chosen: list[tuple[int, ...]] = []

    def share(amounts: tuple[int, ...]) -> float:
        return max((amount / room for amount, room in zip(amounts, largest, strict=True) if room), default=0.0)

    by_size = sorted(present, key=share, reverse=True)
    for amounts in by_size:
        if all(any(a + b > room for a, b, room in zip(amounts, other, largest, strict=True)) for other in chosen):
            chosen.append(amounts)
    return len(chosen)
