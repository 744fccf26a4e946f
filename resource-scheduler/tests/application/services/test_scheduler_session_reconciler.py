from datetime import timedelta
from typing import Any

import pytest

from lcm_core.domain.enums import (
    CMLWorkerStatus,
    HostLossCause,
    LabletSessionStatus,
    SessionOutcome,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.values import HostLoss
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.placement_builders import (
    NOW,
    ROOMY,
    SMALL,
    a_session_row,
    a_template_row,
    a_worker_row,
    an_allocation,
    minutes_from_now,
)
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.placer import Placer
from resource_scheduler.application.services.promise_keeper import PromiseKeeper
from resource_scheduler.application.services.session_reconciler import SessionReconciler
from resource_scheduler.application.services.slot_deeds import SlotDeeds
from resource_scheduler.application.services.timeslot_manager import TimeslotManager
from resource_scheduler.application.services.waiting_sessions import WaitingSessions
from resource_scheduler.domain.deadlines import SlotPolicy


class Scheduler:
    def __init__(self, world: Any, **options: Any) -> None:
        self.waiting = WaitingSessions()
        self.asked_for_supply = 0
        self.fleet = FleetView(world.workers, world.templates, world.clock)
        self.placer = Placer(world.sessions, self.fleet, attempts=3)
        policy = SlotPolicy(grace_seconds=1800, warn_seconds=300)
        slots = TimeslotManager(
            world.sessions, self.fleet, SlotDeeds(world.sessions, self.fleet), clock=world.clock, policy=policy
        )
        self.reconciler = SessionReconciler(
            world.sessions,
            self.fleet,
            self.waiting,
            PromiseKeeper(world.sessions, self.fleet, world.clock),
            self.placer,
            clock=world.clock,
            slack_seconds=60,
            grace_seconds=1800,
            ask_for_supply=self._ask,
            begin=slots.begin_if_due,
            **options,
        )

    def _ask(self) -> None:
        self.asked_for_supply += 1


@pytest.fixture
def scheduler(world: Any) -> Scheduler:
    return Scheduler(world)


async def test_a_due_session_is_scheduled_on_the_best_worker(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row("w-empty"), a_worker_row("w-busy", allocations=(an_allocation(),)), a_session_row())
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.rows["s-1"].worker_id == "w-busy"


async def test_a_session_long_before_its_time_waits_until_exactly_then(world: Any, scheduler: Scheduler) -> None:
    slot = minutes_from_now(120, 180)
    world.add(a_worker_row(), a_template_row(startup_seconds=900), a_session_row(timeslot=slot, lead_seconds=600))
    result = await scheduler.reconciler.reconcile("s-1")
    assert isinstance(result, RequeueAfter)
    assert result.seconds == (120 * 60) - 600 - 900 - 60
    assert world.calls == 0


async def test_without_room_it_waits_and_has_the_queue_looked_at(world: Any, scheduler: Scheduler) -> None:
    world.add(a_session_row())
    assert await scheduler.reconciler.reconcile("s-1") == RequeueAfter(15, "room on a worker")
    assert (len(scheduler.waiting), scheduler.asked_for_supply) == (1, 1)


async def test_who_finds_no_room_again_and_again_looks_every_300_seconds_and_at_each_change(
    world: Any, scheduler: Scheduler
) -> None:
    world.add(a_session_row())
    pauses = [await scheduler.reconciler.reconcile("s-1") for _ in range(6)]
    assert [each.seconds for each in pauses if isinstance(each, RequeueAfter)] == [15, 30, 60, 120, 300, 300]
    world.add(a_worker_row())
    await scheduler.fleet.reload()
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert scheduler.waiting.times_in_vain("s-1") == 0


async def test_a_session_that_came_too_late_is_left_to_the_slot_clock(world: Any, scheduler: Scheduler) -> None:
    world.add(a_session_row(pending_reason="0/3 workers: 3 capacity"))
    world.advance(1800)
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert (world.sessions.stopped, world.sessions.promises) == ({}, [])


# promises


def planned(worker_id: str = "w-planned", **changes: Any) -> Any:
    facts: dict[str, Any] = {
        "status": CMLWorkerStatus.PENDING,
        "desired_status": WorkerDesiredStatus.STOPPED,
        "service_status": WorkerServiceStatus.UNKNOWN,
        "ami_name": None,
    }
    return a_worker_row(worker_id, **(facts | changes))


async def test_a_due_session_goes_to_the_worker_that_holds_its_room_whatever_the_scores(
    world: Any, scheduler: Scheduler
) -> None:
    world.add(a_worker_row("w-empty"), a_worker_row("w-busy", allocations=(an_allocation(),)))
    world.add_promised(a_session_row(), "w-empty")
    await scheduler.reconciler.reconcile("s-1")
    assert world.sessions.rows["s-1"].worker_id == "w-empty"
    (decision,) = scheduler.placer.decisions
    assert [each.eligible for each in decision.candidates] == [True, True]
    assert decision.summary == "2/2 workers; placed on w-empty, which holds its room"


async def test_its_own_room_does_not_stand_in_its_way(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row(declared=SMALL))
    world.add_promised(a_session_row(), "w-1")
    assert await scheduler.reconciler.reconcile("s-1") == Done()


async def test_when_its_worker_does_not_serve_yet_another_one_with_room_takes_it(
    world: Any, scheduler: Scheduler
) -> None:
    world.add(planned(), a_worker_row("w-up"))
    world.add_promised(a_session_row(), "w-planned")
    await scheduler.reconciler.reconcile("s-1")
    assert world.sessions.rows["s-1"].worker_id == "w-up"
    assert world.workers.rows["w-planned"].allocations == ()


async def test_the_decision_says_how_many_were_waiting_in_front(world: Any, scheduler: Scheduler) -> None:
    for name in ("s-1", "s-2"):
        world.add(a_session_row(name))
        await scheduler.reconciler.reconcile(name)
    world.add(a_worker_row(), a_session_row("s-3"))
    await scheduler.reconciler.reconcile("s-3")
    assert [each.queue_position for each in scheduler.placer.decisions] == [1, 2, 3]


async def test_otherwise_it_waits_for_its_worker_and_says_so_once(world: Any, scheduler: Scheduler) -> None:
    world.add(planned())
    world.add_promised(a_session_row(), "w-planned")
    for _ in range(2):
        assert isinstance(await scheduler.reconciler.reconcile("s-1"), RequeueAfter)
    assert world.sessions.rows["s-1"].pending_reason == "0/1 workers: 1 status; fits on w-planned on the way"
    assert (len(world.sessions.decisions), scheduler.asked_for_supply, world.sessions.promises) == (1, 0, [])


LONG_AHEAD = minutes_from_now(24 * 60, 25 * 60)


@pytest.mark.parametrize(
    "change",
    [
        {"status": CMLWorkerStatus.FAILED},
        {"status": CMLWorkerStatus.TERMINATED},
        {"desired_status": WorkerDesiredStatus.TERMINATED},
    ],
)
async def test_a_promise_that_cannot_be_kept_is_given_by_another_worker_long_before_it_is_due(
    world: Any, scheduler: Scheduler, change: dict[str, Any]
) -> None:
    world.add(a_worker_row("w-bad"), planned())
    world.add_promised(a_session_row(timeslot=LONG_AHEAD), "w-bad")
    world.workers.change("w-bad", **change)
    assert isinstance(await scheduler.reconciler.reconcile("s-1"), RequeueAfter)
    assert world.sessions.rows["s-1"].promised_worker_id == "w-planned"
    ((_, asked),) = world.sessions.promises
    assert asked.exclude == ("w-bad",)
    assert "held its room" in asked.reason


@pytest.mark.parametrize(("slot", "asked"), [(LONG_AHEAD, 0), (minutes_from_now(0, 60), 1)])
async def test_a_worker_that_goes_to_sleep_can_be_woken_again_unless_it_is_needed_now(
    world: Any, scheduler: Scheduler, slot: Any, asked: int
) -> None:
    world.add(a_worker_row(), planned())
    world.add_promised(a_session_row(timeslot=slot), "w-1")
    world.workers.change("w-1", status=CMLWorkerStatus.DRAINING, desired_status=WorkerDesiredStatus.STOPPED)
    await scheduler.reconciler.reconcile("s-1")
    assert len(world.sessions.promises) == asked


@pytest.mark.parametrize(("minutes", "asked"), [(5, 0), (0, 1)])
async def test_a_worker_that_does_not_answer_keeps_its_promise_until_the_time_has_come(
    world: Any, scheduler: Scheduler, minutes: float, asked: int
) -> None:
    world.add(a_worker_row(), a_template_row(), planned())
    world.add_promised(a_session_row(timeslot=minutes_from_now(minutes, 60)), "w-1")
    world.workers.change("w-1", service_status=WorkerServiceStatus.UNAVAILABLE)
    result = await scheduler.reconciler.reconcile("s-1")
    assert len(world.sessions.promises) == asked
    assert isinstance(result, RequeueAfter)


async def test_a_lost_promise_is_asked_for_again_when_the_fleet_has_changed_and_not_before(
    world: Any, scheduler: Scheduler
) -> None:
    world.add(a_session_row(timeslot=LONG_AHEAD), a_session_row("s-2", timeslot=LONG_AHEAD))
    for session_id in ("s-1", "s-2", "s-1", "s-2"):
        await scheduler.reconciler.reconcile(session_id)
    assert len(world.sessions.promises) == 1, "the second one is of the same shape"
    world.add(planned())
    await scheduler.fleet.reload()
    await scheduler.reconciler.reconcile("s-2")
    assert world.sessions.rows["s-2"].promised_worker_id == "w-planned"
    assert len(scheduler.waiting) == 1


async def test_each_of_many_for_whom_there_is_no_room_is_told_why(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row(allocations=(an_allocation(vector=ROOMY),)), *(a_session_row(f"s-{n}") for n in range(20)))
    await scheduler.fleet.reload()
    for n in range(20):
        assert isinstance(await scheduler.reconciler.reconcile(f"s-{n}"), RequeueAfter)
    assert {decision.session_id for decision in scheduler.placer.decisions} == {f"s-{n}" for n in range(20)}
    assert all(decision.reason_counts == {"capacity": 1} for decision in scheduler.placer.decisions)
    assert len(scheduler.waiting) == 20


async def test_room_that_is_made_while_a_session_is_looked_at_is_not_overlooked(
    world: Any, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(planned(), a_session_row())
    await scheduler.reconciler.reconcile("s-1")
    snapshot = scheduler.fleet.snapshot

    async def old_picture() -> Any:
        seen = await snapshot()
        up = {"status": CMLWorkerStatus.RUNNING, "desired_status": WorkerDesiredStatus.RUNNING}
        serves = {"service_status": WorkerServiceStatus.AVAILABLE, "ami_name": "CML-2.9.1"}
        world.workers.change("w-planned", **up, **serves)
        await scheduler.fleet.reload()
        return seen

    monkeypatch.setattr(scheduler.fleet, "snapshot", old_picture)
    assert await scheduler.reconciler.reconcile("s-1") == RequeueAfter(0.05, "another look")
    monkeypatch.undo()
    assert await scheduler.reconciler.reconcile("s-1") == Done()


async def test_a_session_placed_when_its_time_has_come_begins_in_the_same_call(
    world: Any, scheduler: Scheduler
) -> None:
    world.add(a_worker_row(), a_session_row())
    await scheduler.reconciler.reconcile("s-1")
    assert world.sessions.rows["s-1"].status is LabletSessionStatus.INSTANTIATING


async def test_one_that_is_placed_ahead_of_its_time_does_not(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row(), a_template_row(), a_session_row(timeslot=minutes_from_now(10, 60)))
    await scheduler.reconciler.reconcile("s-1")
    assert world.sessions.rows["s-1"].status is LabletSessionStatus.SCHEDULED


# proposals


async def test_a_refused_proposal_is_decided_again_on_fresh_facts(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row("w-1"), a_worker_row("w-2"), a_session_row())
    await scheduler.fleet.reload()
    full = an_allocation("thief", vector=a_worker_row().declared)
    world.workers.change("w-1", allocations=(full,))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.rows["s-1"].worker_id == "w-2"


async def test_proposals_that_are_refused_again_and_again_are_left_to_the_back_off(
    world: Any, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add(a_worker_row(), a_session_row())
    tried = []

    async def refuse(session_id: str, body: object) -> None:
        tried.append(session_id)
        raise CapacityRefused("no room")

    monkeypatch.setattr(world.sessions, "schedule", refuse)
    with pytest.raises(CapacityRefused):
        await scheduler.reconciler.reconcile("s-1")
    assert len(tried) == 3


async def test_sessions_decided_at_the_same_time_do_not_get_the_same_room(world: Any, scheduler: Scheduler) -> None:
    import asyncio

    room_for_four = a_worker_row()
    world.add(room_for_four, *(a_session_row(f"s-{n}") for n in range(8)))
    results = await asyncio.gather(*(scheduler.reconciler.reconcile(f"s-{n}") for n in range(8)))
    assert sum(result == Done() for result in results) == 4
    assert world.calls == 4


@pytest.mark.parametrize("status", [LabletSessionStatus.PENDING, LabletSessionStatus.SCHEDULED])
async def test_a_session_nobody_wants_any_more_is_stopped(
    world: Any, scheduler: Scheduler, status: LabletSessionStatus
) -> None:
    world.add(a_session_row(status=status, terminate_requested=True, outcome_reason="candidate is ill"))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    stopped = world.sessions.stopped["s-1"]
    assert (stopped.outcome, stopped.reason) == (SessionOutcome.CANCELLED, "candidate is ill")


@pytest.mark.parametrize(
    "change",
    [
        {"status": CMLWorkerStatus.DRAINING},
        {"status": CMLWorkerStatus.FAILED},
        {"status": CMLWorkerStatus.STOPPED},
        {"status": CMLWorkerStatus.TERMINATED},
        {"desired_status": WorkerDesiredStatus.STOPPED},
    ],
)
async def test_a_session_whose_worker_will_not_be_there_is_placed_anew(
    world: Any, scheduler: Scheduler, change: dict[str, Any]
) -> None:
    world.add(a_worker_row(**change), a_session_row(status=LabletSessionStatus.SCHEDULED, worker_id="w-1"))
    assert await scheduler.reconciler.reconcile("s-1") == RequeueAfter(0)
    assert "s-1" in world.sessions.unscheduled


async def test_a_session_on_a_worker_that_serves_is_left_alone(world: Any, scheduler: Scheduler) -> None:
    world.add(a_worker_row(), a_session_row(status=LabletSessionStatus.SCHEDULED, worker_id="w-1"))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.unscheduled == {}


@pytest.mark.parametrize("status", [LabletSessionStatus.RUNNING, LabletSessionStatus.TERMINATED])
async def test_a_session_that_has_begun_or_ended_is_nobody_to_schedule(
    world: Any, scheduler: Scheduler, status: LabletSessionStatus
) -> None:
    world.add(a_session_row(status=status, terminate_requested=True))
    assert await scheduler.reconciler.reconcile("s-1") == Done()
    assert world.sessions.stopped == {}


async def test_a_session_that_is_not_on_record_is_nobody_to_schedule(scheduler: Scheduler) -> None:
    assert await scheduler.reconciler.reconcile("unknown") == Done()


async def test_the_resync_handles_those_only_for_whom_something_is_to_be_done(world: Any) -> None:
    scheduler = Scheduler(world, due_in={"waits": 12.0, "holds": 80_000.0, "late-timer": 90_000.0, "broken": 1.0}.get)
    world.add(a_worker_row(), a_worker_row("w-bad"), a_session_row("waits", requirements=ROOMY + SMALL))
    await scheduler.reconciler.reconcile("waits")
    for name, worker in (("holds", "w-1"), ("late-timer", "w-1"), ("broken", "w-bad"), ("no-timer", "w-1")):
        world.add_promised(a_session_row(name, timeslot=LONG_AHEAD), worker)
    world.workers.change("w-bad", status=CMLWorkerStatus.FAILED)
    world.add_placed(a_session_row("placed", status=LabletSessionStatus.SCHEDULED), "w-1")
    world.add_placed(a_session_row("deserted", status=LabletSessionStatus.SCHEDULED), "w-bad")
    world.add(a_session_row("unwanted", terminate_requested=True), a_session_row("new"))
    await scheduler.fleet.reload()
    assert sorted(await scheduler.reconciler.list_keys()) == [
        "broken", "deserted", "late-timer", "new", "no-timer", "unwanted"
    ]  # fmt: skip


async def test_the_gate_is_wide_enough_for_the_slowest_enabled_template(world: Any, scheduler: Scheduler) -> None:
    world.add(
        a_template_row("fast", startup_seconds=300),
        a_template_row("slow", startup_seconds=1200),
        a_template_row("off", startup_seconds=9000, enabled=False),
    )
    gate = await scheduler.reconciler.gate()
    session = a_session_row(timeslot=minutes_from_now(60, 120))
    assert gate.opens_at(session) == NOW + timedelta(minutes=60) - timedelta(seconds=1260)


def a_lost_worker(worker_id: str = "w-lost", **changes: Any) -> Any:
    loss = HostLoss(cause=HostLossCause.CML_SILENT, reason="no answer for 60 s", silent_since=NOW, at=NOW)
    return a_worker_row(worker_id, host_loss=loss, service_status=WorkerServiceStatus.UNAVAILABLE, **changes)


async def test_a_session_that_was_placed_leaves_a_worker_whose_host_is_lost(world: Any, scheduler: Scheduler) -> None:
    session = a_session_row(status=LabletSessionStatus.SCHEDULED, worker_id="w-lost")
    world.add(a_lost_worker(), session)

    await scheduler.reconciler.reconcile("s-1")

    told = world.sessions.unscheduled["s-1"]
    assert "lost its host: no answer for 60 s" in told.reason
    assert told.worker_id == "w-lost", "so that it is not taken off another one that it has by then"


@pytest.mark.parametrize(("minutes_ahead", "moves"), [(0, True), (600, False)])
async def test_a_promise_of_a_lost_host_is_moved_when_the_room_is_needed_before_it_can_be_replaced(
    world: Any, scheduler: Scheduler, minutes_ahead: float, moves: bool
) -> None:
    slot = minutes_from_now(minutes_ahead, minutes_ahead + 60)
    world.add(a_lost_worker(), a_worker_row("w-well"), a_template_row(), a_session_row(timeslot=slot))
    world.sessions.hold("s-1", "w-lost", granted=False)
    world.sessions.change("s-1", promised_worker_id="w-lost")

    await scheduler.reconciler.reconcile("s-1")

    assert world.sessions.rows["s-1"].promised_worker_id == ("w-well" if moves else "w-lost")
