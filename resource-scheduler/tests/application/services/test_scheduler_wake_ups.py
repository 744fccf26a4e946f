from typing import Any

from lcm_core.placement.engine import PlacementEngine
from lcm_core.placement.snapshots import placement_request
from lcm_core.reconcile import Done
from lcm_core.testing.placement_builders import a_session_row, a_worker_row
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.waiting_sessions import WaitingSessions
from resource_scheduler.application.services.wake_ups import WAITING_KEY, WakeUps


async def test_a_worker_that_comes_up_wakes_as_many_as_it_has_room_for(world: Any) -> None:
    waiting, woken = WaitingSessions(), list[str]()
    for n in range(300):
        waiting.add(placement_request(a_session_row(f"s-{n:03}")))
    fleet = FleetView(world.workers, world.templates, world.clock)
    wake_ups = WakeUps(fleet, waiting, PlacementEngine(), woken.append)
    assert await wake_ups.reconcile(WAITING_KEY) == Done()
    assert woken == []
    world.add(a_worker_row())
    assert await wake_ups.list_keys() == [WAITING_KEY]
    await wake_ups.reconcile(WAITING_KEY)
    assert woken == ["s-000", "s-001", "s-002", "s-003"]


async def test_when_nobody_waits_there_is_nobody_to_wake(world: Any) -> None:
    fleet = FleetView(world.workers, world.templates, world.clock)
    wake_ups = WakeUps(fleet, WaitingSessions(), PlacementEngine(), lambda _session_id: None)
    assert await wake_ups.list_keys() == []
    assert await wake_ups.reconcile(WAITING_KEY) == Done()
