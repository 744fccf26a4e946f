"""Packs many bookings at once onto the workers that are there and the cheapest set of new ones.

Placing one booking at a time is the engine's work and cannot undo what it did; this looks at all of them together. It
is deterministic and can be stopped after any step: the caller's ``may_go_on`` is asked with the effort spent so far
(fit tests), so that it may count or look at a clock. The plan tells a proven lower bound with its cost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lcm_core.domain.values import ResourceVector, Timeslot
from lcm_core.placement.packed_room import Claim, RoomCode
from lcm_core.placement.packing_bounds import Supplied, Wanted, lower_bound
from lcm_core.placement.packing_model import Effort, Kind, Layout, Model
from lcm_core.placement.packing_search import search

MayGoOn = Callable[[int], bool]
EFFORT_OF_100_MS = 100_000
"""On the kind of machine that the budgets are measured on; see ``python -m bench.packing``."""


@dataclass(frozen=True, slots=True)
class Booking:
    """Room wanted over an interval on the capacity grid.

    ``places`` are the ids of rooms and names of offers whose licence, image and readiness suit it.
    """

    id: str
    vector: ResourceVector
    interval: Timeslot
    places: frozenset[str]


@dataclass(frozen=True, slots=True)
class Room:
    """A worker that is there or on its way, with what it holds that does not move. Using it costs nothing more."""

    id: str
    capacity: ResourceVector
    held: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A template: what a new worker of it has room for and costs (USD an hour); at most ``most`` of them, if told."""

    name: str
    capacity: ResourceVector
    cost_per_hour_usd: float
    most: int | None = None


@dataclass(frozen=True, slots=True)
class PackingTask:
    """What is to be packed. ``max_new`` bounds the number of new workers, None when nothing does."""

    bookings: tuple[Booking, ...]
    rooms: tuple[Room, ...] = ()
    offers: tuple[Offer, ...] = ()
    max_new: int | None = None


@dataclass(frozen=True, slots=True)
class NewWorker:
    name: str
    offer: str
    booking_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackingPlan:
    """Where each booking goes, by id: a room, or a new worker's name. ``unplaced`` tells why not for the others.

    ``cost_per_hour_usd`` is that of the new workers; no plan that places as much costs less than ``lower_bound_usd``.
    """

    placed: dict[str, str]
    new_workers: tuple[NewWorker, ...]
    unplaced: dict[str, str]
    cost_per_hour_usd: float
    lower_bound_usd: float
    effort: int

    @property
    def proven_optimal(self) -> bool:
        return self.cost_per_hour_usd <= self.lower_bound_usd + 1e-9

    @property
    def gap(self) -> float:
        """By which share the cost may exceed the optimum; 0 when it is proven optimal."""
        return 0.0 if self.proven_optimal else self.cost_per_hour_usd / self.lower_bound_usd - 1.0


def within(effort: int) -> MayGoOn:
    """Go on until so much has been spent: the same plan on every machine."""
    return lambda spent: spent < effort


def pack(task: PackingTask, may_go_on: MayGoOn) -> PackingPlan:
    """The cheapest plan found while *may_go_on* says so; bookings that nothing can take are told apart at once."""
    return Packing(task).pack(may_go_on)


class Packing:
    """One task, made ready to be packed. ``least_cost`` (USD an hour): no plan that places all it can costs less."""

    def __init__(self, task: PackingTask) -> None:
        self._coded = _Coded(task)
        self.least_cost = self._coded.bound

    def pack(self, may_go_on: MayGoOn) -> PackingPlan:
        """See ``pack``."""
        coded = self._coded
        effort = Effort(may_go_on, coded.model.weight)
        layout = search(coded.model, effort, coded.bound)
        return _plan(coded, layout, effort.spent_so_far)


class _Coded:
    """The task in the terms of the search. The order of its parts is that of their ids, whatever order they came in."""

    def __init__(self, task: PackingTask) -> None:
        self.rooms = sorted(task.rooms, key=lambda room: room.id)
        self.offers = sorted(task.offers, key=lambda offer: offer.name)
        bookings = sorted(task.bookings, key=lambda booking: booking.id)
        claims = [Claim.over(booking.vector, booking.interval) for booking in bookings]
        capacities = [kind.capacity for kind in (*self.rooms, *self.offers)]
        self._code = RoomCode(claims, [claim for room in self.rooms for claim in room.held], capacities)
        self.kinds = (
            *(Kind(self._code.free(room.capacity, room.held), 0.0) for room in self.rooms),
            *(Kind(self._code.free(offer.capacity), offer.cost_per_hour_usd, offer.most) for offer in self.offers),
        )
        names = [*(room.id for room in self.rooms), *(offer.name for offer in self.offers)]
        needs = [self._code.need(claim) for claim in claims]
        allowed = [self._allowed(booking, need, names) for booking, need in zip(bookings, needs, strict=True)]
        self.unable = [booking for booking, kinds in zip(bookings, allowed, strict=True) if not kinds]
        able = [at for at, kinds in enumerate(allowed) if kinds]
        self.bookings = [bookings[at] for at in able]
        chosen = [needs[at] for at in able], [allowed[at] for at in able]
        self.model = self._model([claims[at] for at in able], *chosen, task.max_new)
        self.bound = self._bound([claims[at] for at in able])

    def _allowed(self, booking: Booking, need: int, names: Sequence[str]) -> int:
        bits, guards = 0, self._code.guards
        for at, (name, kind) in enumerate(zip(names, self.kinds, strict=True)):
            if name in booking.places and (kind.free - need) & guards == guards:
                bits |= 1 << at
        return bits

    def _model(
        self, claims: Sequence[Claim], needs: Sequence[int], allowed: Sequence[int], max_new: int | None
    ) -> Model:
        capacities = [self._code.amounts(kind.capacity) for kind in (*self.rooms, *self.offers)]
        largest = [max(amounts) for amounts in zip(*capacities, strict=True)]
        spans = [self._code.span(claim) for claim in claims]
        return Model(
            guards=self._code.guards,
            needs=tuple(needs),
            guards_over=tuple(self._code.guards_over(claim) for claim in claims),
            allowed=tuple(allowed),
            kinds=self.kinds,
            rooms=len(self.rooms),
            shares=tuple(_shares(self._code.amounts(claim.vector), largest) for claim in claims),
            starts=tuple(first for first, _ in spans),
            lengths=tuple(last - first for first, last in spans),
            max_new=max_new,
        )

    def _bound(self, claims: Sequence[Claim]) -> float:
        amounts, span = self._code.amounts, self._code.span
        wanted = [
            Wanted(amounts(claim.vector), *span(claim), allowed)
            for claim, allowed in zip(claims, self.model.allowed, strict=True)
        ]
        held = [
            Wanted(amounts(claim.vector), *span(claim), 1 << at, held=True)
            for at, room in enumerate(self.rooms)
            if not self._code.overfull(room.capacity, room.held)
            for claim in room.held
        ]
        kinds = [
            Supplied(1 << at, amounts(part.capacity), kind.cost)
            for at, (part, kind) in enumerate(zip((*self.rooms, *self.offers), self.kinds, strict=True))
        ]
        return lower_bound([*wanted, *held], kinds[: len(self.rooms)], kinds[len(self.rooms) :])


def _shares(amounts: Sequence[int], largest: Sequence[int]) -> tuple[float, ...]:
    return tuple(amount / most if most else 0.0 for amount, most in zip(amounts, largest, strict=True))


def _plan(coded: _Coded, layout: Layout, effort: int) -> PackingPlan:
    ids = [booking.id for booking in coded.bookings]
    placed: dict[str, str] = {}
    new_workers: list[NewWorker] = []
    for room, items in zip(coded.rooms, layout.items, strict=False):
        placed |= {ids[item]: room.id for item in items}
    opened = sorted(
        (coded.offers[kind - len(coded.rooms)].name, sorted(ids[item] for item in items))
        for kind, items in list(zip(layout.kinds, layout.items, strict=True))[len(coded.rooms) :]
        if items
    )
    for number, (offer, inside) in enumerate(opened):
        new_workers.append(NewWorker(f"new-{number}", offer, tuple(inside)))
        placed |= dict.fromkeys(inside, f"new-{number}")
    unplaced = {booking.id: _no_place(booking) for booking in coded.unable}
    unplaced |= {ids[item]: "no room is left, and no more new workers may be had" for item in layout.unplaced}
    cost = layout.cost(coded.model)
    return PackingPlan(placed, tuple(new_workers), unplaced, cost, 0.0 if layout.unplaced else coded.bound, effort)


def _no_place(booking: Booking) -> str:
    if not booking.places:
        return "no worker and no offer has the licence and image that it wants in time"
    return f"not even {', '.join(sorted(booking.places))} when empty has room for it"
