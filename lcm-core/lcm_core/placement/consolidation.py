"""Which promises could move so that a worker need not be launched, woken or kept (FR-2.5.2d).

Only bookings that have not begun move. A worker is emptied when all that it holds can move onto workers that are in
use anyway and money is saved by it, counting the time for which the others have to run longer. Planned workers are
emptied first, since they have cost nothing yet, then sleeping ones, then those that are up. The plan is a list of
moves that are applied one after the other; each of them fits at every instant when its turn comes, and a plan that is
given up half way leaves no worker over its capacity. Planning again after it was carried out proposes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from functools import partial
from itertools import groupby
from random import Random

from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest, WorkerSnapshot, WorkerSupply
from lcm_core.placement.making_room import EJECTIONS, SEED, MayGoOn, Move, move_of
from lcm_core.placement.moving_back import move_back
from lcm_core.placement.packing_eject import Ejection
from lcm_core.placement.packing_model import Effort, Layout
from lcm_core.placement.rearrangement import Board, Step
from lcm_core.placement.repacking import Repacking

_EMPTIED_FIRST = (WorkerSupply.PLANNED, WorkerSupply.ASLEEP, WorkerSupply.COMING, WorkerSupply.UP)
_SPARED = {
    WorkerSupply.PLANNED: "is never launched",
    WorkerSupply.ASLEEP: "is not woken",
    WorkerSupply.COMING: "is released",
    WorkerSupply.UP: "is released",
}
_HOUR = timedelta(hours=1)


class Saving(StrEnum):
    """What a worker costs, and so what is saved without it."""

    HOURS = "hours"
    """Its price for as long as it holds anything, and for its start: workers sleep when nobody needs them."""
    WORKERS = "workers"
    """Its price for being there: workers are kept up, or their number is what is short."""


@dataclass(frozen=True, slots=True)
class Release:
    """Moves after which the workers told hold nothing, and those opened, which were empty, hold something.

    ``saves_per_hour_usd`` is the price of an hour of the former less that of the latter. ``saves_usd`` is the same when
    workers are saved; when hours are, the price of all hours that they run less, and of the starts that are not needed.
    """

    worker_ids: tuple[str, ...]
    opened_worker_ids: tuple[str, ...]
    moves: tuple[Move, ...]
    saves_per_hour_usd: float
    saves_usd: float
    summary: str


@dataclass(frozen=True, slots=True)
class ConsolidationPlan:
    """Releases in the order in which to carry them out. ``cut_short`` when the budget allowed no more of them."""

    releases: tuple[Release, ...]
    cut_short: bool

    @property
    def moves(self) -> tuple[Move, ...]:
        return tuple(move for release in self.releases for move in release.moves)

    @property
    def saves_per_hour_usd(self) -> float:
        return round(sum(release.saves_per_hour_usd for release in self.releases), 6)


def plan_consolidation(
    fleet: FleetSnapshot,
    movable: Iterable[PlacementRequest],
    *,
    max_moves: int,
    may_go_on: MayGoOn,
    saving: Saving = Saving.HOURS,
) -> ConsolidationPlan:
    """Empty one worker after the other until none can be, or *max_moves* or *may_go_on* (given fit tests) say stop.

    *movable* are the requests of sessions that may move; those that have begun or hold no room are passed over.
    """
    requests, effort = list(movable), Effort(may_go_on)
    releases: list[Release] = []
    left = max_moves
    while True:
        # A board of its own for each release: the last one, which finds nothing, is the first one of the next planning.
        search = _ReleaseSearch(fleet, requests, effort, saving)
        found = search.first(left)
        if found is None:
            return ConsolidationPlan(tuple(releases), search.cut_short)
        release, fleet = found
        releases.append(release)
        if search.proven:
            return ConsolidationPlan(tuple(releases), cut_short=False)
        left -= len(release.moves)


Found = tuple[Release, FleetSnapshot]
Way = Callable[[], Found | None]


class _ReleaseSearch:
    """Looks for one worker to empty."""

    def __init__(
        self, fleet: FleetSnapshot, movable: Iterable[PlacementRequest], effort: Effort, saving: Saving
    ) -> None:
        self._fleet = fleet
        self._board = Board(fleet, movable)
        self._templates = {template.name: template for template in fleet.templates}
        self._effort = effort
        effort.weight = self._board.model.weight
        self._saving = saving
        self.cut_short = False
        self.proven = False
        """With what was found it is proven that nothing more is to be saved."""

    def first(self, most: int) -> Found | None:
        """The first worker, in order of preference, that can be emptied with at most *most* moves, and the fleet then.

        Ways of few moves are tried on every worker before ways of many are on any; then everything is packed anew.
        """
        prices = [self._price(worker) for worker in self._board.workers]
        candidates = self._candidates(prices)
        repacking = Repacking(self._board, prices)
        if not candidates or repacking.hopeless():
            return None
        tried = (way() for way in self._ways(candidates, repacking, most))
        found = next((found for found in tried if found), None)
        self.proven = found is not None and repacking.proves(found[0].saves_per_hour_usd)
        return found

    def _ways(self, candidates: Sequence[int], repacking: Repacking, most: int) -> Iterator[Way]:
        """Few moves before many, and planned workers before those that have begun to cost something."""
        tiers = [list(tier) for _, tier in groupby(candidates, key=lambda at: self._board.workers[at].supply)]
        for tier in tiers:
            yield partial(self._one_emptied, tier, most, None)
            if tier is not tiers[-1]:
                yield partial(self._one_emptied, tier, most, EJECTIONS[0])
        # To pack anew moves about half of all bookings: the last resort when that is more than the budget.
        rest = [partial(self._one_emptied, candidates, most, way) for way in EJECTIONS]
        rest.insert(0 if 2 * most >= len(self._board.requests) else len(rest), partial(self._repacked, repacking, most))
        yield from rest

    def _one_emptied(self, candidates: Iterable[int], most: int, way: tuple[int, int] | None) -> Found | None:
        for at in candidates:
            found = self._without(at, most, way)
            if found is not None:
                return found
        return None

    def _repacked(self, repacking: Repacking, most: int) -> Found | None:
        layout = repacking.layout(self._effort)
        return self._judged(layout, most) if layout else None

    def _without(self, at: int, most: int, way: tuple[int, int] | None) -> Found | None:
        board = self._board
        if len(board.workers[at].allocations) > most or self._effort.spent(0):
            self.cut_short = True
            return None
        trial = board.layout.copy(board.model)
        pool = sorted(trial.close(board.layout.kinds.index(at)), key=lambda item: board.model.needs[item])
        search = Ejection(board.model, self._effort, Random(SEED))
        settled = search.settle(trial, pool, *way) if way else search.settle_directly(trial, pool)
        if not settled:
            return None
        return self._judged(trial, most)

    def _judged(self, trial: Layout, most: int) -> Found | None:
        """The release that leads to this layout, if there is a way of at most *most* moves and money is saved."""
        board = self._board
        move_back(board.model, board.layout, trial, self._effort)
        steps = board.steps(trial, most)
        if steps is None:
            self.cut_short = True
            return None
        after = board.replayed(steps)
        if after is None:
            return None
        was_used, is_used = _in_use(board.workers), _in_use(after)
        released, opened = sorted(was_used - is_used), sorted(is_used - was_used)
        per_hour = self._prices(released) - self._prices(opened)
        saved = per_hour if self._saving is Saving.WORKERS else self._hours_saved(released, opened, after)
        if round(saved, 6) <= 0:
            return None
        changed = {worker.id: worker for worker in after}
        workers = tuple(changed.get(worker.id, worker) for worker in self._fleet.workers)
        release = _release(board, released, opened, steps, (per_hour, round(saved, 6)))
        return release, replace(self._fleet, workers=workers)

    def _candidates(self, prices: Sequence[float]) -> list[int]:
        """Workers that are worth emptying and of which everything may move, those to be emptied first at the front."""
        board = self._board

        def order(at: int) -> tuple[int, float, int, str]:
            worker = board.workers[at]
            return _EMPTIED_FIRST.index(worker.supply), -prices[at], len(board.workers[at].allocations), worker.id

        return sorted((at for at, price in enumerate(prices) if price > 0 and board.releasable(at)), key=order)

    def _hours_saved(self, released: Iterable[int], opened: Iterable[int], after: Sequence[WorkerSnapshot]) -> float:
        """USD: the hours that each worker runs less, and the starts that are not needed."""
        saved = self._starts(released) - self._starts(opened)
        for was, becomes in zip(self._board.workers, after, strict=True):
            if was is not becomes:
                saved += self._price(was) * ((_awake(was) - _awake(becomes)) / _HOUR)
        return saved

    def _starts(self, places: Iterable[int]) -> float:
        """What starting those of them that are not up costs."""
        workers = (self._board.workers[at] for at in places)
        asleep = (each for each in workers if each.supply in (WorkerSupply.PLANNED, WorkerSupply.ASLEEP))
        templates = (self._templates.get(each.template_name) for each in asleep)
        return sum(each.cost_per_hour_usd * each.startup_seconds / 3600 for each in templates if each)

    def _prices(self, places: Iterable[int]) -> float:
        return round(sum(self._price(self._board.workers[at]) for at in places), 6)

    def _price(self, worker: WorkerSnapshot) -> float:
        """USD an hour; nothing is known to be saved by emptying a worker whose template is gone."""
        template = self._templates.get(worker.template_name)
        return template.cost_per_hour_usd if template else 0.0


def _in_use(workers: Sequence[WorkerSnapshot]) -> set[int]:
    return {at for at, worker in enumerate(workers) if worker.allocations}


def _awake(worker: WorkerSnapshot) -> timedelta:
    """For how long it has to run: the time in which it holds anything."""
    total, until = timedelta(), None
    for held in sorted(worker.allocations, key=lambda each: each.interval.start):
        start, end = held.interval.start, held.interval.end
        if until is None or start > until:
            total += end - start
        elif end > until:
            total += end - until
        until = end if until is None else max(until, end)
    return total


def _release(
    board: Board, released: Sequence[int], opened: Sequence[int], steps: Sequence[Step], saved: tuple[float, float]
) -> Release:
    names = [board.workers[at].name for at in opened]
    instead = f", with {', '.join(names)} in use instead" if names else ""
    spared = " and ".join(f"{board.workers[at].name} {_SPARED[board.workers[at].supply]}" for at in released)
    why = f"so that {spared}{instead}, which saves {saved[0]:.2f} USD an hour"
    return Release(
        worker_ids=tuple(board.workers[at].id for at in released),
        opened_worker_ids=tuple(board.workers[at].id for at in opened),
        moves=tuple(move_of(board, step, _part_of(step, released) + why) for step in steps),
        saves_per_hour_usd=saved[0],
        saves_usd=saved[1],
        summary=f"{len(steps)} moves {why}",
    )


def _part_of(step: Step, released: Sequence[int]) -> str:
    if step.aside:
        return "steps aside for a while "
    return "leaves " if step.source in released else "makes room "
