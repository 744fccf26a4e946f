"""What the search of a packing works on: bookings and bins as integers (see ``packed_room``)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_BITS_AT_NO_COST = 3_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A sort of bin: ``free`` while nothing of this packing is in it, what opening one costs, how many there may be."""

    free: int
    cost: float
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """Items and kinds by index. The first ``rooms`` kinds are single bins that are open already.

    ``allowed`` has bit k set when the item may go into kind k and fits there alone. ``shares`` are the item's amounts
    as shares of the largest capacity, ``lengths`` the number of instants over which it is held, ``guards_over`` the
    guards of these instants.
    """

    guards: int
    needs: tuple[int, ...]
    guards_over: tuple[int, ...]
    allowed: tuple[int, ...]
    kinds: tuple[Kind, ...]
    rooms: int
    shares: tuple[tuple[float, ...], ...]
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    max_new: int | None = None

    @property
    def weight(self) -> int:
        """How much longer a fit test takes than one over few instants."""
        return 1 + self.guards.bit_length() // _BITS_AT_NO_COST

    def fits(self, free: int, item: int) -> bool:
        """Whether *free* has room for the item at every instant."""
        return (free - self.needs[item]) & self.guards == self.guards

    @property
    def offers(self) -> range:
        return range(self.rooms, len(self.kinds))


class Layout:
    """Bins and what is in them; the first ``model.rooms`` bins are the rooms, in order."""

    __slots__ = ("free", "items", "kinds", "unplaced")

    def __init__(self, model: Model) -> None:
        self.kinds = list(range(model.rooms))
        self.free = [kind.free for kind in model.kinds[: model.rooms]]
        self.items: list[list[int]] = [[] for _ in range(model.rooms)]
        self.unplaced: list[int] = []

    def copy(self, model: Model) -> Layout:
        twin = Layout(model)
        twin.kinds, twin.free = self.kinds.copy(), self.free.copy()
        twin.items, twin.unplaced = [each.copy() for each in self.items], self.unplaced.copy()
        return twin

    def whereabouts(self) -> dict[int, int]:
        """The kind of the bin in which each item is."""
        return {item: kind for kind, items in zip(self.kinds, self.items, strict=True) for item in items}

    def may_open(self, model: Model, kind: int) -> bool:
        most = model.kinds[kind].most
        return most is None or self.kinds.count(kind) < most

    def open(self, model: Model, kind: int) -> int:
        """The place of a new, empty bin."""
        self.kinds.append(kind)
        self.free.append(model.kinds[kind].free)
        self.items.append([])
        return len(self.kinds) - 1

    def close(self, at: int) -> list[int]:
        """Take a bin away; what was in it is returned."""
        del self.kinds[at], self.free[at]
        return self.items.pop(at)

    def add(self, model: Model, at: int, item: int) -> None:
        self.free[at] -= model.needs[item]
        self.items[at].append(item)

    def take(self, model: Model, at: int, item: int) -> None:
        self.free[at] += model.needs[item]
        self.items[at].remove(item)

    def cost(self, model: Model) -> float:
        return sum(model.kinds[kind].cost for kind in self.kinds[model.rooms :])

    def rank(self, model: Model) -> tuple[int, float, int]:
        """The smaller the better: bookings left out, cost, new workers."""
        return len(self.unplaced), round(self.cost(model), 6), len(self.kinds) - model.rooms


class Effort:
    """Counts fit tests and asks whether to go on. Tests over many instants take longer and count for more."""

    def __init__(self, may_go_on: Callable[[int], bool], weight: int = 1) -> None:
        self.spent_so_far = 0
        self.weight = weight
        self._may_go_on = may_go_on

    def spent(self, fit_tests: int) -> bool:
        """Note them; true when it is time to stop."""
        self.spent_so_far += fit_tests * self.weight
        return not self._may_go_on(self.spent_so_far)

    def from_here(self) -> Callable[[int], bool]:
        """The same question for somebody who counts from nought, and whose effort is added afterwards."""
        spent = self.spent_so_far
        return lambda more: self._may_go_on(spent + more)

    def add(self, effort: int) -> None:
        self.spent_so_far += effort
