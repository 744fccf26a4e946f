"""Room over time as one integer: whether a booking fits on a worker is one subtraction.

Time is looked at only at the instants that matter: the sum of what is held can only rise where something begins, and
an instant tells nothing new when all that is held then is still held at the next one. Each instant has a field per
dimension with a guard bit above it. Taking a booking's fields from a worker's leaves every guard standing exactly when
it runs short of nothing at any instant; a shortfall borrows the guard.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from lcm_core.domain.values import RESOURCE_DIMENSIONS, CapacityAllocation, ResourceVector, Timeslot

Amounts = tuple[int, ...]
_amounts: Callable[[ResourceVector], Amounts] = attrgetter(*RESOURCE_DIMENSIONS)


@dataclass(frozen=True, slots=True)
class Claim:
    """Room wanted or held over [start, end); an ``end`` of None is not known."""

    vector: ResourceVector
    start: datetime
    end: datetime | None

    @classmethod
    def of(cls, held: CapacityAllocation, now: datetime) -> Claim:
        return cls(held.vector, held.interval.start, held.occupied_until(now))

    @classmethod
    def over(cls, vector: ResourceVector, interval: Timeslot) -> Claim:
        return cls(vector, interval.start, interval.end)


class RoomCode:
    """One layout of instants and fields for everything that is packed together.

    *wanted* says which dimensions and what time matter, *held* and *capacities* how wide the fields must be.
    """

    def __init__(self, wanted: Sequence[Claim], held: Iterable[Claim], capacities: Iterable[ResourceVector]) -> None:
        amounts = [_amounts(claim.vector) for claim in wanted]
        within = _overlapping(wanted, held)
        self.instants = _instants(wanted, within)
        rooms = sorted({_amounts(each) for each in capacities})
        taken = {*amounts, *(_amounts(claim.vector) for claim in within)}
        self._dimensions = _dimensions(amounts, taken, rooms)
        widest = [*taken, *rooms]
        bits = [max(each[at] for each in widest).bit_length() + 1 for at in self._dimensions]
        self._shifts = [sum(bits[:at]) for at in range(len(bits))]
        self._row_bits = sum(bits)
        self._ones_until = [0]
        for at in range(len(self.instants)):
            self._ones_until.append(self._ones_until[-1] | 1 << at * self._row_bits)
        self._row_guards = sum(1 << shift + width - 1 for shift, width in zip(self._shifts, bits, strict=True))
        self.guards = self._row_guards * self._ones(0, len(self.instants))

    def need(self, claim: Claim) -> int:
        """The fields that *claim* takes."""
        first, last = self.span(claim)
        return self._row(self.amounts(claim.vector)) * self._ones(first, last)

    def guards_over(self, claim: Claim) -> int:
        """The guards of the instants at which *claim* is held: it can do something about these alone."""
        first, last = self.span(claim)
        return self._row_guards * self._ones(first, last)

    def free(self, capacity: ResourceVector, held: Sequence[Claim] = ()) -> int:
        """What *held* leaves of *capacity*, guards standing. Held beyond the capacity leaves nothing, not less."""
        free = self._what_is_left(capacity, held)
        return self._free_of_an_overfull(capacity, held) if free is None else free

    def overfull(self, capacity: ResourceVector, held: Sequence[Claim]) -> bool:
        """Whether more is held than there is, at an instant that matters."""
        return self._what_is_left(capacity, held) is None

    def amounts(self, vector: ResourceVector) -> Amounts:
        """Of the dimensions that matter."""
        all_of_them = _amounts(vector)
        return tuple(all_of_them[at] for at in self._dimensions)

    def span(self, claim: Claim) -> tuple[int, int]:
        """The instants [first, last) at which *claim* is held."""
        first = bisect_left(self.instants, claim.start)
        return first, len(self.instants) if claim.end is None else bisect_left(self.instants, claim.end)

    def _what_is_left(self, capacity: ResourceVector, held: Sequence[Claim]) -> int | None:
        """None when *held* is more than *capacity* somewhere."""
        free = self._row(self.amounts(capacity)) * self._ones(0, len(self.instants)) + self.guards
        for claim in held:
            free -= self.need(claim)
            if free & self.guards != self.guards:
                return None
        return free

    def _row(self, amounts: Sequence[int]) -> int:
        return sum(amount << shift for amount, shift in zip(amounts, self._shifts, strict=True))

    def _ones(self, first: int, last: int) -> int:
        """A one in the lowest bit of each instant in [first, last)."""
        return self._ones_until[max(first, last)] - self._ones_until[first]

    def _free_of_an_overfull(self, capacity: ResourceVector, held: Sequence[Claim]) -> int:
        spans = [(*self.span(claim), self.amounts(claim.vector)) for claim in held]
        free = self.guards
        for at in range(len(self.instants)):
            taken = [amounts for first, last, amounts in spans if first <= at < last]
            left = (room - sum(used) for room, *used in zip(self.amounts(capacity), *taken, strict=True))
            free += self._row([max(0, each) for each in left]) << at * self._row_bits
        return free


def _dimensions(wanted: Iterable[Amounts], taken: Collection[Amounts], rooms: Sequence[Amounts]) -> list[int]:
    """Those that anything is wanted of and that may run short first: one that never fills a worker faster than another
    does, by whatever is held and on whatever worker, is of no account.
    """
    asked = [at for at in range(len(RESOURCE_DIMENSIONS)) if any(each[at] for each in wanted)]

    def implied(one: int, by: int) -> bool:
        # A worker that is overfull is looked at by itself, and so in every dimension.
        return all(room[by] and each[one] * room[by] <= each[by] * room[one] for each in taken for room in rooms)

    kept = asked.copy()
    for one in asked:
        if any(by != one and implied(one, by) for by in kept):
            kept.remove(one)
    return kept


def _overlapping(wanted: Sequence[Claim], held: Iterable[Claim]) -> list[Claim]:
    """Those of *held* that anything wanted might meet."""
    if not wanted:
        return []
    first = min(claim.start for claim in wanted)
    last = max((claim.end for claim in wanted if claim.end is not None), default=None)
    return [
        claim for claim in held if (claim.end is None or claim.end > first) and (last is None or claim.start < last)
    ]


def _instants(wanted: Sequence[Claim], held: Sequence[Claim]) -> list[datetime]:
    """Beginnings at which the sum of what is held may be at a peak, in order."""
    if not wanted:
        return []
    opening = min(claim.start for claim in wanted)
    claims = [*wanted, *held]
    starts = sorted({max(claim.start, opening) for claim in claims})
    ends = sorted({claim.end for claim in claims if claim.end is not None})
    kept: list[datetime] = []
    for at, following in zip(starts, [*starts[1:], None], strict=True):
        place = bisect_right(ends, at)
        if following is None or (place < len(ends) and ends[place] <= following):
            kept.append(at)
    return kept
