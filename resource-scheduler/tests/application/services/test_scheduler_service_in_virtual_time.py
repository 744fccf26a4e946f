"""All loops together, on virtual time: bookings for the afternoon, from their promise to the end of their slot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from lcm_core.coordination import WatchBatch, WatchResync
from lcm_core.domain.enums import BookingPriority, CMLWorkerStatus, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.enums import LabletSessionStatus as S
from lcm_core.placement.consolidation import plan_consolidation
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.making_room import Move
from lcm_core.placement.packing import within
from lcm_core.testing.placement_builders import NOW, a_session_row, a_template_row, a_worker_row, minutes_from_now
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time
from resource_scheduler.application.hosted_services.scheduler_hosted_service import SchedulerHostedService
from resource_scheduler.application.services.consolidation import ConsolidationPolicy
from resource_scheduler.application.services.fleet_view import FleetChange
from resource_scheduler.application.services.scheduler_policy import SchedulerPolicy
from resource_scheduler.domain.deadlines import SlotPolicy
from resource_scheduler.domain.warm_capacity import WarmPolicy

POLICY = SchedulerPolicy(
    slack=120,
    wake_slack=60,
    slots=SlotPolicy(grace_seconds=1800, warn_seconds=300),
    attempts=3,
    resync=30,
    max_concurrent=8,
    refused_retry=30,
    shift_moves=20,
    warm=WarmPolicy(0, 0, 3600, 10, 300, 300),
    warm_check=30,
    consolidation=ConsolidationPolicy(True, 20, 100, 1800),
    consolidation_interval=300,
)


class Silence:
    """An etcd that says nothing of sessions: what is due is found by timers alone."""

    async def watch_prefix(
        self, prefix: str, start_revision: int | None = None
    ) -> AsyncGenerator[WatchBatch | WatchResync]:
        await asyncio.Event().wait()
        yield WatchResync(items=(), revision=1)


class AlwaysLeads:
    """The term of a leader that nobody replaces."""

    service, instance, is_leader, is_valid, leadership = "scheduler", "a", True, True, None

    async def run(self, lead: Any) -> None:
        await lead(self)


class FleetFollower:
    """As the watch of capacity, a moment late."""

    name = "fleet-follower"

    def __init__(self, fleet: Any, on_change: Any) -> None:
        self._fleet = fleet
        self._on_change = on_change

    async def run(self) -> None:
        served: dict[str, bool] = {}
        while True:
            await self._fleet.reload()
            for row in await self._fleet.workers():
                if served.get(row.id) is not row.placeable:
                    served[row.id] = row.placeable
                    sessions = frozenset(each.session_id for each in row.allocations)
                    self._on_change(FleetChange(True, sessions))
            await asyncio.sleep(5)


class Server(LoopClock):
    def now(self) -> Any:
        return NOW + timedelta(seconds=self.monotonic())


def planned_worker() -> Any:
    return a_worker_row(
        "w-planned",
        status=CMLWorkerStatus.PENDING,
        desired_status=WorkerDesiredStatus.STOPPED,
        service_status=WorkerServiceStatus.UNKNOWN,
    )


async def planned_at_once(
    fleet: FleetSnapshot, movable: Sequence[PlacementRequest], *, max_moves: int
) -> Sequence[Move]:
    """In the loop itself: beside it, real time would pass, which does not exist here."""
    return plan_consolidation(fleet, movable, max_moves=max_moves, may_go_on=within(20_000)).moves


@asynccontextmanager
async def running(world: Any) -> AsyncIterator[Server]:
    """The scheduler, and the server's clock."""
    clock = world.server_clock = Server()
    election: Any = AlwaysLeads()
    scheduler = SchedulerHostedService(
        world.client,
        Silence(),
        FleetFollower,
        election,
        POLICY,
        root="/lcm",
        clock=clock,
        plan_consolidation=planned_at_once,
    )
    service = asyncio.create_task(scheduler.service.run())
    yield clock
    service.cancel()
    await asyncio.gather(service, return_exceptions=True)


async def _until_evening(world: Any) -> None:
    async with running(world) as clock:
        await asyncio.sleep(2 * 3600)
        while clock.monotonic() < 6 * 3600:
            await asyncio.sleep(10)
            _others_do_their_part(world)


def _others_do_their_part(world: Any) -> None:
    """Worker-controller launches what is wanted, lablet-controller brings labs up, the learner logs in."""
    worker = world.workers.rows["w-planned"]
    woken = worker.desired_status is WorkerDesiredStatus.RUNNING
    if woken and not worker.placeable and world.server_clock.now() >= worker.expected_ready_at:
        up = {"status": CMLWorkerStatus.RUNNING, "service_status": WorkerServiceStatus.AVAILABLE}
        world.workers.change("w-planned", **up)
    for row in list(world.sessions.rows.values()):
        if row.status is S.INSTANTIATING:
            world.sessions.move(row.id, S.READY)
        elif row.status is S.READY:
            world.sessions.move(row.id, S.RUNNING)


@pytest.fixture
def afternoon(world: Any) -> Any:
    """A class of four for noon, promised by a worker that is not launched yet."""
    world.add(a_template_row(startup_seconds=900), planned_worker())
    for n in range(4):
        slot = minutes_from_now(180, 240)
        row = a_session_row(f"s-{n}", timeslot=slot, lead_seconds=600, priority=BookingPriority.CLASS)
        world.add_promised(row, "w-planned")
    return world


def test_a_class_for_the_afternoon_finds_its_worker_up_and_ends_on_time(afternoon: Any) -> None:
    run_in_virtual_time(_until_evening(afternoon))
    ((_, woken),) = afternoon.workers.wanted
    assert woken.reason.startswith("4 bookings, the first at 2030-01-01 11:50:00")
    told = [(at - NOW - timedelta(hours=3), what) for at, _, what in afternoon.sessions.told]
    begun = sorted(at.total_seconds() / 60 for at, what in told if what == "start_instantiation")
    assert [round(at) for at in begun] == [-10, -10, -10, -10]
    assert all(at >= -10 for at in begun), "never early"
    placed = {worker.id for worker in afternoon.workers.rows.values() if worker.allocations}
    assert placed == {"w-planned"}
    assert {round(at.total_seconds()) for at, what in told if what == "warn_ending"} == {55 * 60}
    assert {round(at.total_seconds()) for at, what in told if "collection" in what} == {60 * 60}
    assert afternoon.sessions.promises == []


def test_no_session_is_read_between_its_timers(afternoon: Any) -> None:
    async def a_quiet_hour() -> int:
        async with running(afternoon):
            await asyncio.sleep(60)
            before = len(afternoon.sessions.gets)
            await asyncio.sleep(3600)
            return len(afternoon.sessions.gets) - before

    assert run_in_virtual_time(a_quiet_hour()) == 0
