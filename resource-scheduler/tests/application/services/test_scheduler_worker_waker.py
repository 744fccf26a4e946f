from datetime import timedelta
from typing import Any

import pytest

from lcm_core.coordination import KeyValue, WatchEvent, WatchEventKind
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.placement_builders import NOW, SMALL, a_session_row, a_worker_row, minutes_from_now
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.promise_shift import PromiseShift
from resource_scheduler.application.services.worker_waker import WorkerWaker, resting_worker_changes

START, SLACK = 900, 60
TODAY = minutes_from_now(120, 180)


class Night:
    def __init__(self, world: Any, *, most_moves: int = 20) -> None:
        self.world = world
        self.fleet = FleetView(world.workers, world.templates, world.clock)
        shift = PromiseShift(world.sessions, self.fleet, most_moves=most_moves)
        self.waker = WorkerWaker(world.workers, self.fleet, shift, clock=world.clock, slack_seconds=SLACK)

    async def look_at(self, worker_id: str) -> Any:
        await self.fleet.reload()
        return await self.waker.reconcile(worker_id)

    @property
    def wanted(self) -> list[tuple[str, str]]:
        return [(worker_id, body.desired_status.value) for worker_id, body in self.world.workers.wanted]


@pytest.fixture
def night(world: Any) -> Night:
    return Night(world)


def resting(worker_id: str, status: CMLWorkerStatus, **changes: Any) -> CMLWorkerReadModel:
    facts: dict[str, Any] = {
        "status": status,
        "desired_status": WorkerDesiredStatus.STOPPED,
        "service_status": WorkerServiceStatus.UNAVAILABLE,
        "startup_seconds": START,
    }
    return a_worker_row(worker_id, **(facts | changes))


def planned(worker_id: str = "w-planned", **changes: Any) -> CMLWorkerReadModel:
    return resting(worker_id, CMLWorkerStatus.PENDING, **changes)


def stopped(worker_id: str = "w-stopped", **changes: Any) -> CMLWorkerReadModel:
    return resting(worker_id, CMLWorkerStatus.STOPPED, **changes)


@pytest.mark.parametrize("worker", [planned(), stopped()], ids=lambda worker: worker.id)
async def test_a_resting_worker_is_woken_exactly_when_its_first_booking_needs_it(
    night: Night, worker: CMLWorkerReadModel
) -> None:
    night.world.add(worker)
    night.world.add_promised(a_session_row("s-late", timeslot=minutes_from_now(600, 660)), worker.id)
    night.world.add_promised(a_session_row("s-first", timeslot=TODAY), worker.id)
    pause = 120 * 60 - START - SLACK
    assert await night.look_at(worker.id) == RequeueAfter(pause, "the time to wake it for its first booking")
    night.world.advance(pause - 1)
    await night.look_at(worker.id)
    assert night.wanted == []
    night.world.advance(1)
    await night.look_at(worker.id)
    assert night.wanted == [(worker.id, "RUNNING")]
    assert await night.look_at(worker.id) == Done()
    assert len(night.wanted) == 1


async def test_starts_that_were_slower_than_the_template_says_wake_earlier(night: Night) -> None:
    night.world.add(stopped(), a_worker_row("w-seen", status=CMLWorkerStatus.STARTING, service_status="UNKNOWN"))
    night.world.add_promised(a_session_row(timeslot=TODAY), "w-stopped")
    await night.fleet.reload()
    night.world.workers.change(
        "w-seen",
        status=CMLWorkerStatus.RUNNING,
        service_status=WorkerServiceStatus.AVAILABLE,
        status_changed_at=NOW + timedelta(seconds=1500),
    )
    result = await night.look_at("w-stopped")
    assert result.seconds == 120 * 60 - 1500 - SLACK


async def test_a_stopped_worker_without_bookings_sleeps_on(night: Night) -> None:
    night.world.add(stopped())
    assert await night.look_at("w-stopped") == Done()
    assert night.wanted == []


async def test_a_planned_worker_that_nobody_needs_is_given_up(night: Night) -> None:
    night.world.add(planned())
    await night.look_at("w-planned")
    assert night.wanted == [("w-planned", "TERMINATED")]


async def test_a_booking_that_comes_while_it_is_given_up_keeps_it(night: Night, monkeypatch: Any) -> None:
    night.world.add(planned())
    seen = night.world.workers.rows["w-planned"]
    night.world.add_promised(a_session_row(timeslot=TODAY), "w-planned")

    async def read_too_early(_worker_id: str) -> CMLWorkerReadModel:
        return seen

    monkeypatch.setattr(night.world.workers, "get", read_too_early)
    assert await night.look_at("w-planned") == Done()
    assert night.wanted == []


async def test_workers_that_are_up_or_already_wanted_are_nobody_to_wake(night: Night) -> None:
    night.world.add(a_worker_row("w-up"), stopped("w-wanted", desired_status=WorkerDesiredStatus.RUNNING), planned())
    await night.fleet.reload()
    assert await night.waker.list_keys() == ["w-planned"]
    for worker_id in ("w-up", "w-wanted", "unknown"):
        assert await night.waker.reconcile(worker_id) == Done()


# a stopped worker before a planned one


async def due(night: Night, *sessions: Any) -> None:
    for session in sessions:
        night.world.add_promised(session, "w-planned")
    night.world.advance(120 * 60 - START - SLACK)


async def test_bookings_move_to_a_stopped_worker_that_can_take_them_all(night: Night) -> None:
    night.world.add(planned(), stopped())
    await due(night, a_session_row("s-1", timeslot=TODAY), a_session_row("s-2", timeslot=TODAY))
    assert await night.look_at("w-planned") == RequeueAfter(0)
    assert {row.promised_worker_id for row in night.world.sessions.rows.values()} == {"w-stopped"}
    await night.look_at("w-planned")
    await night.look_at("w-stopped")
    assert night.wanted == [("w-planned", "TERMINATED"), ("w-stopped", "RUNNING")]


@pytest.mark.parametrize(
    "other",
    [
        stopped(declared=SMALL),
        stopped(region="eu-west-1"),
        stopped(startup_seconds=1800),
        stopped(desired_status=WorkerDesiredStatus.TERMINATED),
    ],
)
async def test_otherwise_the_planned_one_is_launched(night: Night, other: CMLWorkerReadModel) -> None:
    night.world.add(planned(), other)
    await due(night, a_session_row("s-1", timeslot=TODAY), a_session_row("s-2", timeslot=TODAY))
    await night.look_at("w-planned")
    assert (night.wanted, night.world.sessions.promises) == ([("w-planned", "RUNNING")], [])


async def test_no_more_bookings_are_moved_than_the_budget_allows(world: Any) -> None:
    night = Night(world, most_moves=1)
    world.add(planned(), stopped())
    await due(night, a_session_row("s-1", timeslot=TODAY), a_session_row("s-2", timeslot=TODAY))
    await night.look_at("w-planned")
    assert (night.wanted, world.sessions.promises) == ([("w-planned", "RUNNING")], [])


async def test_a_move_that_is_refused_leaves_the_planned_one_to_be_launched(night: Night, monkeypatch: Any) -> None:
    night.world.add(planned(), stopped())
    await due(night, a_session_row(timeslot=TODAY))
    monkeypatch.setattr(night.world.sessions, "_fits", lambda *_: False)
    await night.look_at("w-planned")
    assert night.wanted == [("w-planned", "RUNNING")]


# what wakes the waker


def capacity(worker_id: str, value: bytes, kind: WatchEventKind = WatchEventKind.PUT) -> WatchEvent:
    return WatchEvent(kind, KeyValue(f"/lcm/workers/{worker_id}/capacity", value, 1, 1, 1, 0))


def test_only_room_of_workers_that_may_rest_is_worth_a_look() -> None:
    watched = resting_worker_changes("/lcm")
    assert watched.key_of(capacity("w", b'{"status": "PENDING"}')) == "w"
    assert watched.key_of(capacity("w", b'{"status": "STOPPED"}')) == "w"
    assert watched.key_of(capacity("w", b'{"status": "RUNNING"}')) is None
    assert watched.key_of(capacity("w", b"what")) is None
    assert watched.key_of(capacity("w", b"{}", WatchEventKind.DELETE)) is None
    other = KeyValue("/lcm/workers/w/actual", b'{"status": "STOPPED"}', 1, 1, 1, 0)
    assert watched.key_of(WatchEvent(WatchEventKind.PUT, other)) is None
