from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.placement_builders import (
    NOW,
    a_session_row,
    a_template_row,
    a_worker_row,
    an_allocation,
    minutes_from_now,
)
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.warm_capacity import WarmCapacity
from resource_scheduler.domain.warm_capacity import WarmPolicy

REGION = "us-east-1"


class Desk:
    def __init__(self, world: Any, **policy: Any) -> None:
        self.world = world
        facts: dict[str, Any] = {
            "workers": 1,
            "cores": 0,
            "look_ahead_seconds": 3600,
            "queue_length": 3,
            "queue_age_seconds": 300,
            "cooldown_seconds": 600,
        }
        self.fleet = FleetView(world.workers, world.templates, world.clock)
        self.warm = WarmCapacity(world.client, self.fleet, WarmPolicy(**(facts | policy)), clock=world.clock)

    async def look(self, region: str = REGION) -> Any:
        await self.fleet.reload()
        return await self.warm.reconcile(region)

    @property
    def done(self) -> list[str]:
        woken = [worker_id for worker_id, _ in self.world.workers.wanted]
        return woken + [asked.template_name for asked in self.world.workers.asked]


def resting(worker_id: str, status: CMLWorkerStatus, **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "status": status,
        "desired_status": WorkerDesiredStatus.STOPPED,
        "service_status": WorkerServiceStatus.UNAVAILABLE,
    }
    return a_worker_row(worker_id, **(facts | changes))


BUSY = an_allocation("now", interval=minutes_from_now(-10, 50))
SOON = an_allocation("soon", interval=minutes_from_now(30, 90), granted=False)
LATER = an_allocation("later", interval=minutes_from_now(300, 360), granted=False)


async def test_a_region_without_an_idle_worker_gets_one_and_not_a_second(world: Any) -> None:
    desk = Desk(world)
    world.add(a_template_row("dear", cost_per_hour_usd=9), a_template_row("cheap"), a_worker_row(allocations=(BUSY,)))
    for _ in range(3):
        await desk.look()
        world.advance(700)
    assert desk.done == ["cheap"], "what is on its way counts"


@pytest.mark.parametrize(("held", "done"), [((), []), ((LATER,), []), ((SOON,), ["standard"])])
async def test_a_worker_that_is_booked_soon_does_not_stand_ready(world: Any, held: Any, done: list[str]) -> None:
    desk = Desk(world)
    world.add(a_template_row(), a_worker_row(allocations=held))
    await desk.look()
    assert desk.done == done


async def test_free_cores_count_over_the_whole_look_ahead(world: Any) -> None:
    desk = Desk(world, workers=0, cores=13)
    world.add(a_template_row(), a_worker_row(allocations=(SOON,)))
    await desk.look()
    assert desk.done == ["standard"], "16 cores, 4 of them booked soon"


async def test_a_stopped_worker_is_started_first_then_a_planned_one_launched_early(world: Any) -> None:
    desk = Desk(world, workers=9, cooldown_seconds=0)
    world.add(
        a_template_row(),
        resting("w-planned", CMLWorkerStatus.PENDING, allocations=(LATER,)),
        resting("w-stopped", CMLWorkerStatus.STOPPED),
        resting("w-elsewhere", CMLWorkerStatus.STOPPED, region="eu-west-1"),
    )
    for _ in range(3):
        await desk.look()
    assert desk.done == ["w-stopped", "w-planned", "standard"]


async def test_between_two_scale_ups_that_no_booking_needs_lies_the_cool_down(world: Any) -> None:
    desk = Desk(world, workers=5)
    world.add(a_template_row())
    assert await desk.look() == Done()
    assert await desk.look() == RequeueAfter(600, "the scale-up before to cool down")
    world.advance(600)
    await desk.look()
    assert len(desk.done) == 2


async def test_the_same_fleet_asks_with_the_same_key(world: Any) -> None:
    world.add(a_template_row())
    world.workers.refusal = None
    await Desk(world).look()
    world.workers.rows.clear()
    await Desk(world).look()
    assert len({asked.demand.key for asked in world.workers.asked}) == 1


async def test_a_refusal_is_no_scale_up(world: Any) -> None:
    desk = Desk(world)
    world.add(a_template_row())
    world.workers.refusal = RuleViolation("us-east-1 has its 10 workers.", code="fleet-limit")
    assert await desk.look() == Done()
    assert await desk.look() == Done()


async def test_nothing_is_kept_warm_unless_asked_for(world: Any) -> None:
    desk = Desk(world, workers=0)
    world.add(a_template_row())
    await desk.look()
    assert desk.done == []


# the queue


def lost(session_id: str, **changes: Any) -> Any:
    return a_session_row(session_id, timeslot=minutes_from_now(45, 90), **changes)


async def test_a_long_queue_of_sessions_whose_room_nobody_holds_asks_for_one_more(world: Any) -> None:
    desk = Desk(world, workers=0)
    world.add(a_template_row(), lost("s-1"), lost("s-2"), lost("s-held", promised_worker_id="w-9"))
    await desk.look()
    assert desk.done == []
    world.add(lost("s-3"))
    await desk.look()
    assert desk.done == ["standard"]


async def test_so_does_one_that_has_waited_for_long(world: Any) -> None:
    desk = Desk(world, workers=0)
    world.add(a_template_row(), lost("s-1", created_at=NOW - timedelta(seconds=299)))
    await desk.look()
    assert desk.done == []
    world.advance(1)
    await desk.look()
    assert desk.done == ["standard"]


async def test_what_begins_much_later_does_not_press(world: Any) -> None:
    desk = Desk(world, workers=0, queue_length=1)
    world.add(a_template_row(), a_session_row(timeslot=minutes_from_now(600, 660)))
    await desk.look()
    assert desk.done == []


async def test_the_regions_are_those_of_workers_and_enabled_templates(world: Any) -> None:
    desk = Desk(world)
    world.add(
        a_template_row("a"),
        a_template_row("b", region="eu-west-1"),
        a_template_row("off", region="ap-south-1", enabled=False),
        a_worker_row(region="us-west-2"),
    )
    assert await desk.warm.list_keys() == ["eu-west-1", "us-east-1", "us-west-2"]
