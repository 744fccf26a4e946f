"""What admission is told beside the fleet, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.making_room import Move
from lcm_core.placement.refusal import Refusal


@dataclass(frozen=True, slots=True)
class FleetLimits:
    """How many workers a region may have, planned ones included; alternatives are looked for up to ``latest``."""

    max_workers_per_region: int
    latest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """A worker of ``template_name`` to be planned, under the name ``id`` that this plan gives it.

    Launched now it would serve from ``ready_at``; its first booking needs it at ``needed_at``.
    """

    id: str
    template_name: str
    region: str
    ready_at: datetime
    needed_at: datetime

    @property
    def can_wait(self) -> bool:
        """Whether it need not be launched at once."""
        return self.ready_at < self.needed_at


@dataclass(frozen=True, slots=True)
class Promise:
    """*worker_id* is to hold the room; the id of an opening when nobody has planned that worker yet.

    It has the room once ``moves`` are done, all at once: every source lets go before a target takes.
    """

    session_id: str
    worker_id: str
    moves: tuple[Move, ...] = ()


Outcome = Promise | Refusal


@dataclass(frozen=True, slots=True)
class AdmissionPlan:
    """An outcome for each request, in their order, and the workers that have to be planned for them.

    ``moving_may_help`` when somebody found no worker while all of them together had the room.
    """

    outcomes: tuple[Outcome, ...]
    openings: tuple[Opening, ...]
    moving_may_help: bool = False

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        return tuple(each for each in self.outcomes if isinstance(each, Refusal))

    @property
    def moves(self) -> tuple[Move, ...]:
        return tuple(move for each in self.outcomes if isinstance(each, Promise) for move in each.moves)


@dataclass(frozen=True, slots=True)
class Movable:
    """Promises to others that may be given by another worker to make room: at most *most* for one booking."""

    requests: Sequence[PlacementRequest] = ()
    most: int = 0


NOBODY_MOVES = Movable()
