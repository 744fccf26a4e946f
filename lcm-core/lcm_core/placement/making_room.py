"""How promises could move so that a booking finds room on workers that are in use, before a new one is asked for.

Only bookings that have not begun move, and few of them: each move is a promise given anew, by whoever is to keep it.
They move all at once, in the transaction of the booking: promises may change places where no single one could go first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from lcm_core.placement.filters import FIT_FILTERS, first_rejection
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.moving_back import move_back
from lcm_core.placement.packing_eject import Ejection
from lcm_core.placement.packing_model import Effort
from lcm_core.placement.rearrangement import Board, Step

MayGoOn = Callable[[int], bool]
SEED = 20300101
EJECTIONS = ((20, 0), (120, 6))
"""(steps of an ejection search, random moves after each): ways of few moves first."""
WAYS = ((20, 0), (20, 0), (120, 6), (400, 6))
"""The same for one booking, of which the first that moves few enough is taken."""


@dataclass(frozen=True, slots=True)
class Move:
    """One promise to another worker; ``why`` says what for."""

    session_id: str
    from_worker_id: str
    to_worker_id: str
    why: str


def move_of(board: Board, step: Step, why: str) -> Move:
    session_id = board.requests[step.item].session_id
    return Move(session_id, board.workers[step.source].id, board.workers[step.target].id, why)


@dataclass(frozen=True, slots=True)
class MadeRoom:
    """Once these have moved, all at once, the worker takes the request."""

    worker_id: str
    moves: tuple[Move, ...]


def make_room(
    request: PlacementRequest,
    fleet: FleetSnapshot,
    movable: Iterable[PlacementRequest],
    *,
    max_moves: int,
    may_go_on: MayGoOn,
) -> MadeRoom | None:
    """How promises could move so that *request* fits on a worker in use, before a new one is asked for; None if not."""
    board = Board(fleet, movable, guest=request)
    if board.guest is None:
        return None
    effort = Effort(may_go_on, board.model.weight)
    for number, (patience, stirs) in enumerate(WAYS):
        trial = board.layout.copy(board.model)
        search = Ejection(board.model, effort, Random(SEED + number))
        if not search.settle(trial, [board.guest], patience, stirs):
            continue
        move_back(board.model, board.layout, trial, effort)
        steps = board.swapped(trial)
        after = board.moved_at_once(steps) if len(steps) <= max_moves else None
        if after is None:
            continue
        at = next(kind for kind, items in zip(trial.kinds, trial.items, strict=True) if board.guest in items)
        if first_rejection(after[at], request, fleet.at, FIT_FILTERS) is None:
            why = f"makes room for {request.session_id} on {board.workers[at].name}"
            return MadeRoom(board.workers[at].id, tuple(move_of(board, step, why) for step in steps))
    return None
