"""The next worker of a region: whoever adds one takes the next number, so that of two who do at once only one can.

A count of the workers of a region is good only as long as nobody adds one. Whoever takes the number first and counts
then has counted everybody with a lower one; a commit in between has taken the number. Workers that go meanwhile only
leave more room than was counted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from control_plane_api.domain.entities import CMLWorker
from control_plane_api.domain.identities import worker_id
from lcm_core.application.unit_of_work import UnitOfWork

_DOUBLINGS = 24
"""A region that has had 16 million workers is nowhere."""
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Place:
    """``id`` is that of the worker that takes the place, which is the ``number``-th of its region."""

    region: str
    number: int

    @property
    def id(self) -> str:
        return worker_id(f"region {self.region}", self.number)


async def next_place(uow: UnitOfWork, region: str) -> Place:
    """The first that nobody has taken; to be asked for before the workers of the region are counted."""
    taken, free = await _bounds(uow, region, -1, [2**n - 1 for n in range(_DOUBLINGS + 1)])
    while free - taken > 1:
        step = max(1, (free - taken) // _AT_ONCE)
        taken, free = await _bounds(uow, region, taken, [*range(taken + step, free, step), free])
    return Place(region, free)


async def _bounds(uow: UnitOfWork, region: str, taken: int, numbers: Iterable[int]) -> tuple[int, int]:
    """The last of *numbers*, which ascend, that is taken, and the first that is not. Numbers are taken without gaps."""
    places = [Place(region, number) for number in numbers]
    known = {worker.id for worker in await uow.find_many(CMLWorker, [place.id for place in places])}
    for place in places:
        if place.id not in known:
            return taken, place.number
        taken = place.number
    raise AssertionError(f"region {region} has had more than {taken} workers")
