from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lcm_core.domain.values import ResourceVector
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.placement_builders import a_session_row, a_worker_row, minutes_from_now
from resource_scheduler.application.services.consolidation import (
    CONSOLIDATION_KEY,
    Consolidation,
    ConsolidationPolicy,
)
from resource_scheduler.application.services.fleet_view import FleetView

TOMORROW = minutes_from_now(1440, 1500)


@dataclass(frozen=True)
class Move:
    session_id: str
    from_worker_id: str = "w-from"
    to_worker_id: str = "w-to"
    why: str = "so that w-from is never launched"


class Desk:
    """A plan that has every movable booking moved to one worker."""

    def __init__(self, world: Any, **policy: Any) -> None:
        self.world = world
        facts: dict[str, Any] = {"enabled": True, "moves_per_pass": 3, "moves_per_hour": 5, "settle_seconds": 1800}
        fleet = FleetView(world.workers, world.templates, world.clock)
        self.consolidation = Consolidation(
            world.sessions, fleet, self._plan, ConsolidationPolicy(**(facts | policy)), clock=world.clock
        )

    @staticmethod
    async def _plan(fleet: FleetSnapshot, movable: Sequence[PlacementRequest], *, max_moves: int) -> Sequence[Move]:
        there = {each.session_id for worker in fleet.workers if worker.id == "w-to" for each in worker.allocations}
        return [Move(each.session_id) for each in movable if each.session_id not in there]

    async def once(self) -> Any:
        return await self.consolidation.reconcile(CONSOLIDATION_KEY)

    @property
    def moved(self) -> list[str]:
        return [session_id for session_id, _ in self.world.sessions.promises]


@pytest.fixture
def busy_world(world: Any) -> Any:
    world.add(a_worker_row("w-from"), a_worker_row("w-to"))
    for n in range(7):
        session = a_session_row(f"s-{n}", timeslot=TOMORROW, requirements=ResourceVector(cpu_cores=1))
        world.add_promised(session, "w-from")
    return world


async def test_moves_are_applied_within_the_budget_of_a_pass_and_of_an_hour(busy_world: Any) -> None:
    desk = Desk(busy_world)
    assert await desk.once() == Done()
    assert desk.moved == ["s-0", "s-1", "s-2"]
    await desk.once()
    assert len(desk.moved) == 5
    busy_world.advance(60)
    assert isinstance(result := await desk.once(), RequeueAfter)
    assert result.seconds == 3540


async def test_each_move_says_why(busy_world: Any) -> None:
    await Desk(busy_world).once()
    assert {body.reason for _, body in busy_world.sessions.promises} == {"so that w-from is never launched"}


async def test_the_worker_that_is_to_hold_the_room_decides(busy_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(busy_world)
    monkeypatch.setattr(busy_world.sessions, "_fits", lambda *_: False)
    assert await desk.once() == Done()
    assert desk.moved == ["s-0"], "what follows was planned on other facts"
    assert busy_world.sessions.rows["s-0"].promised_worker_id == "w-from"


async def test_what_begins_soon_or_holds_no_room_is_not_moved(world: Any) -> None:
    world.add(a_worker_row("w-from"), a_worker_row("w-to"), a_session_row("s-lost", timeslot=TOMORROW))
    world.add_promised(a_session_row("s-soon", timeslot=minutes_from_now(29, 60)), "w-from")
    desk = Desk(world)
    await desk.once()
    assert desk.moved == []


async def test_turned_off_it_does_nothing_even_when_triggered(busy_world: Any) -> None:
    desk = Desk(busy_world, enabled=False)
    assert await desk.consolidation.list_keys() == []
    await desk.once()
    assert desk.moved == []
