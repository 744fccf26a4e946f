"""Sessions that rely on a worker that does not come up are looked after before its start has failed."""

from datetime import timedelta
from typing import Any

import pytest

from lcm_core.coordination import KeyValue, WatchEvent, WatchEventKind
from lcm_core.domain.enums import (
    BookingPriority,
    CMLWorkerStatus,
    LabletSessionStatus,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import ResourceVector
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.placement_builders import NOW, SMALL, a_session_row, a_worker_row, minutes_from_now
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.late_starts import LateStarts, coming_worker_changes
from resource_scheduler.domain.late_start import LateStartPolicy

START, MARGIN, SLACK, RETRY = 900, 60, 600, 30
LATE_FROM = START + MARGIN


class Watch:
    """A worker on its way since NOW, and whoever is promised room on it."""

    def __init__(self, world: Any, *, moves_per_look: int = 20) -> None:
        self.world = world
        self.fleet = FleetView(world.workers, world.templates, world.clock)
        self.woken: list[str] = []
        self.late_starts = LateStarts(
            world.sessions,
            self.fleet,
            LateStartPolicy(MARGIN, SLACK, moves_per_look),
            clock=world.clock,
            retry_seconds=RETRY,
            wake=self.woken.append,
        )

    async def look(self, worker_id: str = "w-coming") -> Any:
        await self.fleet.reload()
        return await self.late_starts.reconcile(worker_id)

    def book(self, session_id: str, begins_in_minutes: float = 26, worker_id: str = "w-coming", **facts: Any) -> None:
        slot = minutes_from_now(begins_in_minutes, begins_in_minutes + 60)
        self.world.add_promised(a_session_row(session_id, timeslot=slot, **facts), worker_id)

    @property
    def told(self) -> list[str]:
        return [session_id for session_id, _ in self.world.sessions.at_risk]

    def holder(self, session_id: str) -> str | None:
        return self.world.sessions.rows[session_id].promised_worker_id


@pytest.fixture
def watch(world: Any) -> Watch:
    world.add(coming())
    return Watch(world)


def coming(worker_id: str = "w-coming", **changes: Any) -> CMLWorkerReadModel:
    facts: dict[str, Any] = {
        "status": CMLWorkerStatus.PROVISIONING,
        "service_status": WorkerServiceStatus.UNKNOWN,
        "startup_seconds": START,
        "expected_ready_at": NOW + timedelta(seconds=START),
    }
    return a_worker_row(worker_id, **(facts | changes))


async def test_until_it_takes_longer_than_usual_nothing_is_said(watch: Watch) -> None:
    watch.world.add(a_worker_row("w-up"))
    watch.book("s-1")
    assert await watch.look() == RequeueAfter(LATE_FROM, "it to come up in time")
    watch.world.advance(LATE_FROM - 1)
    await watch.look()
    assert watch.told == []


async def test_then_its_sessions_go_to_a_worker_with_room_at_once(watch: Watch) -> None:
    watch.world.add(a_worker_row("w-up"))
    watch.book("s-1")
    watch.world.advance(LATE_FROM)
    await watch.look()
    _, body = watch.world.sessions.at_risk[0]
    assert body.worker_id == "w-coming"
    assert body.reason == (
        "worker w-coming, which holds its room, is PROVISIONING for 16 min and not up; "
        "such a start is usually over in 15 min"
    )
    assert (watch.holder("s-1"), watch.woken) == ("w-up", ["s-1"])


async def test_whoever_begins_much_later_waits_and_sees(watch: Watch) -> None:
    watch.world.add(a_worker_row("w-up"))
    watch.book("s-soon")
    watch.book("s-later", 120)
    watch.world.advance(LATE_FROM)
    await watch.look()
    assert (watch.told, watch.holder("s-later")) == (["s-soon"], "w-coming")
    assert await watch.look() == RequeueAfter(120 * 60 - START - SLACK - LATE_FROM, "it to come up in time")


async def test_without_room_elsewhere_it_is_told_once_and_asked_about_again_when_the_fleet_has_changed(
    watch: Watch,
) -> None:
    watch.book("s-1")
    watch.world.advance(LATE_FROM)
    again = RequeueAfter(RETRY, "it to come up, or room elsewhere")
    assert [await watch.look() for _ in range(3)] == [again] * 3
    assert (watch.told, watch.holder("s-1")) == (["s-1"], "w-coming")
    watch.world.add(a_worker_row("w-up"))
    await watch.look()
    assert (watch.told, watch.holder("s-1")) == (["s-1"], "w-up")


async def test_a_worker_that_is_late_itself_is_no_help(watch: Watch) -> None:
    watch.world.add(coming("w-also-late"))
    watch.book("s-1")
    watch.world.advance(LATE_FROM)
    await watch.look()
    assert watch.holder("s-1") == "w-coming"


async def test_exams_are_looked_after_first_and_so_many_at_one_time(world: Any) -> None:
    watch = Watch(world, moves_per_look=1)
    world.add(coming(), a_worker_row("w-up", declared=SMALL))
    watch.book("s-study")
    watch.book("s-exam", priority=BookingPriority.EXAM)
    world.advance(LATE_FROM)
    assert await watch.look() == RequeueAfter(1.0, "more of its promises at risk")
    await watch.look()
    assert (watch.told, watch.holder("s-exam"), watch.holder("s-study")) == (
        ["s-exam", "s-study"],
        "w-up",
        "w-coming",
    )


async def test_whom_nobody_can_take_does_not_keep_the_others_from_being_asked_about(world: Any) -> None:
    watch = Watch(world, moves_per_look=1)
    world.add(coming())
    for session_id in ("s-1", "s-2", "s-3"):
        watch.book(session_id)
    world.advance(LATE_FROM)
    for number in range(3):
        world.add(a_worker_row(f"w-full-{number}", declared=ResourceVector()))
        await watch.look()
    assert sorted(watch.told) == ["s-1", "s-2", "s-3"]


async def test_a_worker_that_comes_up_late_is_used(watch: Watch) -> None:
    watch.book("s-1")
    watch.world.advance(LATE_FROM)
    await watch.look()
    watch.world.workers.change("w-coming", status=CMLWorkerStatus.RUNNING, service_status=WorkerServiceStatus.AVAILABLE)
    assert await watch.look() == Done()
    assert watch.holder("s-1") == "w-coming"


@pytest.mark.parametrize(
    "facts",
    [
        {"status": LabletSessionStatus.SCHEDULED, "worker_id": "w-coming"},
        {"terminate_requested": True},
        {"promised_worker_id": "w-other"},
    ],
)
async def test_who_does_not_rely_on_it_any_more_is_left_alone(watch: Watch, facts: dict[str, Any]) -> None:
    watch.book("s-1")
    watch.world.sessions.change("s-1", **facts)
    watch.world.advance(LATE_FROM)
    await watch.look()
    assert watch.told == []


async def test_what_the_record_refuses_is_left_to_whoever_was_faster(watch: Watch, monkeypatch: Any) -> None:
    async def refuse(session_id: str, body: Any) -> Any:
        return watch.world.sessions.move(session_id, LabletSessionStatus.RUNNING)

    watch.book("s-1")
    watch.world.advance(LATE_FROM)
    monkeypatch.setattr(watch.world.sessions, "promise_at_risk", refuse)
    assert await watch.look() == RequeueAfter(RETRY, "it to come up, or room elsewhere")
    assert watch.woken == []


async def test_only_workers_on_their_way_that_somebody_relies_on_are_looked_at(watch: Watch) -> None:
    watch.world.add(
        a_worker_row("w-up"),
        coming("w-nobody"),
        coming("w-planned", status=CMLWorkerStatus.PENDING, desired_status=WorkerDesiredStatus.STOPPED),
    )
    watch.book("s-1")
    watch.book("s-2", worker_id="w-planned")
    await watch.fleet.reload()
    assert await watch.late_starts.list_keys() == ["w-coming"]


def test_only_room_of_workers_on_their_way_is_worth_a_look() -> None:
    def key_of(status: str) -> str | None:
        value = f'{{"status": "{status}"}}'.encode()
        return coming_worker_changes("/lcm").key_of(
            WatchEvent(WatchEventKind.PUT, KeyValue("/lcm/workers/w/capacity", value, 1, 1, 1, 0))
        )

    assert [key_of(each) for each in ("PENDING", "PROVISIONING", "STARTING", "RUNNING")] == ["w", "w", "w", None]
