"""All that may move, packed anew: for when no worker can be emptied while the others stay nearly as they are.

Workers of which everything may move, or that are empty, and that are alike in room, price and whom they suit can stand
for one another: they are what the packing may open, at most as many as there are. Each bin that it fills is then laid
onto the worker that has most of it already, so that few bookings move.
"""

from __future__ import annotations

from collections.abc import Sequence

from lcm_core.placement.packing import Booking, Offer, Packing, PackingPlan, PackingTask, Room
from lcm_core.placement.packing_model import Effort, Layout
from lcm_core.placement.rearrangement import Board

_CENT = 0.005


class Repacking:
    """One packing of all that may move on *board*; ``prices`` per worker, 0 for one that is not to be emptied."""

    def __init__(self, board: Board, prices: Sequence[float]) -> None:
        self._board = board
        self._alike = _alike(board, prices)
        used = (at for places in self._alike.values() for at in places if board.workers[at].allocations)
        self._now = sum(prices[at] for at in used)
        self._prices = prices
        self._packing = Packing(self._as_task())

    def hopeless(self) -> bool:
        """Whether it is proven that no layout is cheaper."""
        return self.proves(0.0)

    def proves(self, saved_per_hour_usd: float) -> bool:
        """Whether, once that is saved, it is proven that no layout is cheaper still."""
        return self._packing.least_cost > self._now - saved_per_hour_usd - _CENT

    def layout(self, effort: Effort) -> Layout | None:
        """A cheaper layout, if one is found."""
        plan = self._packing.pack(effort.from_here())
        effort.add(plan.effort)
        if plan.unplaced or plan.cost_per_hour_usd > self._now - _CENT:
            return None
        return self._laid_out(plan)

    def _as_task(self) -> PackingTask:
        board = self._board
        names = {at: board.workers[places[0]].id for places in self._alike.values() for at in places}
        called = [names.get(at, worker.id) for at, worker in enumerate(board.workers)]
        suiting = {
            allowed: frozenset(name for at, name in enumerate(called) if allowed >> at & 1)
            for allowed in set(board.model.allowed)
        }
        bookings = tuple(
            Booking(
                each.session_id,
                each.requirements,
                each.interval,
                suiting[board.model.allowed[item]],
            )
            for item, each in enumerate(board.requests)
        )
        rooms = tuple(
            Room(worker.id, board.capacities[at], tuple(board.staying(at)))
            for at, worker in enumerate(board.workers)
            if at not in names and worker.allocations
        )
        offers = tuple(
            Offer(name, board.capacities[places[0]], self._prices[places[0]], len(places))
            for name, places in self._alike.items()
        )
        return PackingTask(bookings, rooms, offers)

    def _laid_out(self, plan: PackingPlan) -> Layout:
        board = self._board
        items = {each.session_id: item for item, each in enumerate(board.requests)}
        place = {worker.id: at for at, worker in enumerate(board.workers)}
        inside: dict[int, list[int]] = {at: [] for at in board.layout.kinds if not self._stands_for_another(at)}
        for session_id, target in plan.placed.items():
            if target in place:
                inside[place[target]].append(items[session_id])
        for name, places in self._alike.items():
            bins = [{items[id] for id in each.booking_ids} for each in plan.new_workers if each.offer == name]
            inside |= {at: sorted(chosen) for at, chosen in _matched(board, places, bins).items()}
        layout = Layout(board.model)
        for at, chosen in sorted(inside.items()):
            there = layout.open(board.model, at)
            for item in chosen:
                layout.add(board.model, there, item)
        return layout

    def _stands_for_another(self, at: int) -> bool:
        return any(at in places for places in self._alike.values())


def _alike(board: Board, prices: Sequence[float]) -> dict[str, list[int]]:
    """Workers that can stand for one another, by the id of the first of them."""
    groups: dict[tuple[object, ...], list[int]] = {}
    sorts = sorted(set(board.model.allowed))
    for at, worker in enumerate(board.workers):
        if prices[at] > 0 and (board.releasable(at) or not worker.allocations):
            suits = tuple(allowed >> at & 1 for allowed in sorts)
            groups.setdefault((board.capacities[at], prices[at], suits), []).append(at)
    return {board.workers[places[0]].id: places for places in groups.values()}


def _matched(board: Board, places: Sequence[int], bins: Sequence[set[int]]) -> dict[int, set[int]]:
    """A worker for each bin, most in common first; where equal, a worker that is nearer to serving is kept."""
    inside = {kind: set(items) for kind, items in zip(board.layout.kinds, board.layout.items, strict=True)}
    pairs = sorted(
        (-len(chosen & inside.get(at, set())), board.workers[at].supply, at, number)
        for at in places
        for number, chosen in enumerate(bins)
    )
    found: dict[int, set[int]] = {}
    taken: set[int] = set()
    for _, _, at, number in pairs:
        if at not in found and number not in taken:
            found[at] = bins[number]
            taken.add(number)
    return found
