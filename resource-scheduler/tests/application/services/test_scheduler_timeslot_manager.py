"""The slot clock at work, on a server whose clock is not ours."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lcm_core.domain.enums import LabletSessionStatus as S
from lcm_core.domain.enums import SessionOutcome, WorkerServiceStatus
from lcm_core.domain.errors import CapacityRefused, FarEndError
from lcm_core.domain.values import RecoveryHold
from lcm_core.reconcile import Done, KeyedWorkQueue, RequeueAfter, Result
from lcm_core.testing.examples import examples
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.placement_builders import NOW, a_session_row, a_worker_row, minutes_from_now
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.server_clock import ServerClock
from resource_scheduler.application.services.slot_deeds import SlotDeeds
from resource_scheduler.application.services.timeslot_manager import TimeslotManager
from resource_scheduler.domain.deadlines import SlotPolicy

POLICY = SlotPolicy(grace_seconds=1800, warn_seconds=300)


class Slots:
    def __init__(self, world: Any, **options: Any) -> None:
        self.world = world
        self.fleet = FleetView(world.workers, world.templates, world.clock)
        self.manager = TimeslotManager(
            world.sessions,
            self.fleet,
            SlotDeeds(world.sessions, self.fleet),
            clock=world.clock,
            policy=POLICY,
            **options,
        )

    async def once(self) -> Result:
        await self.fleet.reload()
        return await self.manager.reconcile("s-1")

    @property
    def deeds(self) -> list[str]:
        return [what for _, _, what in self.world.sessions.told]


@pytest.fixture
def slots(world: Any) -> Slots:
    world.add(a_worker_row())
    return Slots(world)


def placed(slots: Slots, status: S, **changes: Any) -> None:
    slots.world.add_placed(a_session_row(status=status, **changes), "w-1")


async def test_a_session_begins_when_its_occupation_does(slots: Slots) -> None:
    placed(slots, S.SCHEDULED, timeslot=minutes_from_now(30, 90), lead_seconds=600)
    assert await slots.once() == RequeueAfter(20 * 60, "the time to begin")
    slots.world.advance(20 * 60)
    await slots.once()
    assert slots.deeds == ["start_instantiation"]


async def test_a_session_that_waits_for_its_host_is_not_ended_by_its_slot_but_given_up_at_its_deadline(
    slots: Slots,
) -> None:
    deadline = NOW + timedelta(minutes=70)
    hold = RecoveryHold(worker_id="w-1", since=NOW, deadline=deadline, reason="host lost")
    placed(slots, S.RUNNING, timeslot=minutes_from_now(0, 60), recovery=hold)
    slots.world.advance(65 * 60)
    await slots.once()
    assert slots.deeds == ["adjust_occupation"], "its room is held on to, and that is all"
    slots.world.advance(5 * 60)
    await slots.once()
    assert "give_up_recovery" in slots.deeds


async def test_a_worker_that_does_not_serve_yet_is_waited_for_without_a_look(slots: Slots) -> None:
    slots.world.workers.change("w-1", service_status=WorkerServiceStatus.UNAVAILABLE)
    placed(slots, S.SCHEDULED)
    assert await slots.once() == RequeueAfter(3600, "the time to expire")
    slots.world.workers.change("w-1", service_status=WorkerServiceStatus.AVAILABLE)
    await slots.once()
    assert slots.deeds == ["start_instantiation"]


@pytest.mark.parametrize(
    ("status", "seconds", "outcome", "reason"),
    [
        (S.PENDING, 1800, SessionOutcome.EXPIRED, "last decision: 0/3 workers: 3 capacity"),
        (S.SCHEDULED, 3600, SessionOutcome.EXPIRED, "its worker was not ready by"),
        (S.INSTANTIATING, 3600, SessionOutcome.FAILED, "could not be instantiated by"),
        (S.READY, 3600 + 900, SessionOutcome.NO_SHOW, "did not log in"),
    ],
)
async def test_what_is_missed_ends_with_its_outcome_and_its_reason(
    slots: Slots, status: S, seconds: float, outcome: SessionOutcome, reason: str
) -> None:
    placed(slots, status, pending_reason="0/3 workers: 3 capacity", teardown_seconds=900)
    if status is S.SCHEDULED:
        slots.world.workers.change("w-1", service_status=WorkerServiceStatus.UNAVAILABLE)
    slots.world.advance(seconds - 1)
    await slots.once()
    assert slots.world.sessions.stopped == {}
    slots.world.advance(1)
    await slots.once()
    stopped = slots.world.sessions.stopped["s-1"]
    assert stopped.outcome is outcome
    assert reason in stopped.reason


async def test_whether_the_learner_came_is_asked_once_when_the_time_for_it_is_over(slots: Slots) -> None:
    placed(slots, S.READY, no_show_seconds=600, teardown_seconds=900)
    slots.world.advance(600)
    for _ in range(3):
        await slots.once()
    assert slots.deeds == ["no_show_due"]


async def test_the_end_is_warned_of_once_and_then_collected(slots: Slots) -> None:
    placed(slots, S.RUNNING, teardown_seconds=900)
    assert await slots.once() == RequeueAfter(55 * 60, "the time to warn")
    slots.world.advance(55 * 60)
    assert await slots.once() == RequeueAfter(300, "the time to end")
    slots.world.advance(300)
    await slots.once()
    assert slots.deeds == ["warn_ending", "start_collection: timeslot_end"]


async def test_a_slot_that_was_extended_is_warned_of_again(slots: Slots) -> None:
    placed(slots, S.RUNNING)
    slots.world.advance(55 * 60)
    await slots.once()
    slots.world.sessions.change("s-1", timeslot=minutes_from_now(0, 90))
    assert await slots.once() == RequeueAfter(5 * 60, "the time to hold_on")
    slots.world.advance(30 * 60)
    await slots.once()
    assert slots.deeds.count("warn_ending") == 2
    assert not any("collection" in deed for deed in slots.deeds)


async def test_what_is_not_graded_just_ends(slots: Slots) -> None:
    placed(slots, S.RUNNING, grading_enabled=False)
    slots.world.advance(3600)
    await slots.once()
    assert slots.world.sessions.stopped["s-1"].outcome is SessionOutcome.COMPLETED


async def test_a_session_that_overruns_holds_on_to_its_room_slot_by_slot(slots: Slots) -> None:
    placed(slots, S.STOPPING)
    slots.world.advance(3600)
    for _ in range(3):
        assert await slots.once() == RequeueAfter(300, "the time to hold_on")
        slots.world.advance(300)
    until = [(body.until - NOW).total_seconds() / 60 for _, body in slots.world.sessions.adjusted]
    assert until == [65, 70, 75]
    slots.world.sessions.let_go("s-1")
    assert await slots.once() == Done()


async def test_a_session_that_ends_early_gives_its_room_back_at_once(slots: Slots) -> None:
    placed(slots, S.RUNNING, teardown_seconds=600)
    slots.world.advance(20 * 60)
    slots.world.sessions.move("s-1", S.COLLECTING)
    await slots.once()
    ((_, body),) = slots.world.sessions.adjusted
    assert (body.until, body.reason) == (NOW + timedelta(minutes=30), "it ended early")


async def test_room_that_cannot_be_held_on_to_is_asked_for_again_without_haste(
    slots: Slots, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_session_id: str, _body: object) -> None:
        raise CapacityRefused("it is booked")

    monkeypatch.setattr(slots.world.sessions, "adjust_occupation", refuse)
    placed(slots, S.STOPPING)
    slots.world.advance(3600)
    assert isinstance(result := await slots.once(), RequeueAfter)
    assert result.seconds == 5


async def test_the_resync_handles_only_what_has_no_timer_or_a_late_one(world: Any) -> None:
    timers = {"armed": 3600.0, "late": 7200.0, "early": 60.0}
    slots = Slots(world, due_in=timers.get)
    world.add(*(a_session_row(name, status=S.INSTANTIATING) for name in (*timers, "new")))
    assert await slots.manager.list_keys() == ["late", "new"]


# by the server's time


async def test_a_clock_of_ours_that_is_ahead_fires_nothing_early(world: Any) -> None:
    world.local_clock = ManualClock(NOW + timedelta(seconds=90))
    world.clock = ServerClock(world.time, world.local_clock)
    world.add(a_worker_row())
    slots = Slots(world)
    placed(slots, S.RUNNING)
    world.advance(3600 - 10)
    world.local_clock.advance(3600 - 10)
    await slots.once()
    assert not any("collection" in deed for deed in slots.deeds)
    assert world.clock.skew_seconds == pytest.approx(90)
    world.advance(10)
    world.local_clock.advance(10)
    await slots.once()
    assert "start_collection: timeslot_end" in slots.deeds


async def test_a_clock_of_ours_that_is_set_meanwhile_changes_nothing(world: Any) -> None:
    await world.clock.sync()
    world.local_clock._now += timedelta(hours=2)
    assert world.clock.now() == NOW
    assert world.clock.skew_seconds == pytest.approx(7200)


async def test_without_the_servers_time_nothing_is_done(slots: Slots, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away() -> None:
        raise FarEndError("control-plane-api", "away", retryable=True)

    monkeypatch.setattr(slots.world.time, "read", away)
    placed(slots, S.SCHEDULED)
    with pytest.raises(FarEndError):
        await slots.once()
    assert slots.deeds == []


# never early, never lost, each at most once


class LateServer(LoopClock):
    """The server's clock: another time of day than ours, at the same pace."""

    def __init__(self, skew_seconds: float) -> None:
        super().__init__()
        self._skew = timedelta(seconds=skew_seconds)

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.monotonic()) + self._skew

    def advance(self, seconds: float) -> None:
        raise NotImplementedError


minutes = st.integers(min_value=1, max_value=120)
lives = st.fixed_dictionaries(
    {
        "start": st.integers(min_value=0, max_value=90),
        "length": minutes,
        "lead": st.integers(min_value=0, max_value=20),
        "graded": st.booleans(),
        "came_after": st.one_of(st.none(), minutes),
    }
)


@given(st.lists(lives, min_size=1, max_size=4), st.floats(-120, 120), st.lists(st.floats(1, 9000), max_size=4))
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_deadline_comes_early_or_is_lost_or_comes_twice(
    new_world: Any, plans: list[dict[str, Any]], skew: float, restarts: list[float]
) -> None:
    world = new_world()
    told = run_in_virtual_time(_live(world, plans, skew, sorted(restarts)))
    counted = Counter((session_id, what) for _, session_id, what in told if what != "adjust_occupation")
    assert not [each for each, times in counted.items() if times > 1]
    for n, plan in enumerate(plans):
        _check_life(world.sessions.rows[f"s-{n}"], {what: at for at, each, what in told if each == f"s-{n}"}, plan)


async def _live(world: Any, plans: list[dict[str, Any]], skew: float, restarts: list[float]) -> Any:
    world.server_clock = LateServer(skew)
    world.clock = ServerClock(world.time, LoopClock())
    begin = world.server_clock.now()
    world.add(a_worker_row())
    for n, plan in enumerate(plans):
        start = begin + timedelta(minutes=plan["start"])
        slot = minutes_from_now(0, plan["length"])
        slot = slot.model_copy(update={"start": start, "end": start + slot.duration})
        row = a_session_row(
            f"s-{n}",
            status=S.SCHEDULED,
            timeslot=slot,
            lead_seconds=60 * plan["lead"],
            grading_enabled=plan["graded"],
            status_changed_at=begin,
        )
        world.add(row.model_copy(update={"worker_id": "w-1"}))
    for pause in [*restarts, 20_000.0]:
        term = asyncio.create_task(_term(world, plans))
        await asyncio.sleep(pause)
        term.cancel()
        await asyncio.gather(term, return_exceptions=True)
    return world.sessions.told


async def _term(world: Any, plans: list[dict[str, Any]]) -> None:
    """A leader with an empty memory, and labs and learners that do their part."""
    queue = KeyedWorkQueue(clock=LoopClock())
    slots = Slots(world, due_in=queue.due_in)
    for key in await slots.manager.list_keys():
        queue.add(key)
    while True:
        key = (await queue.get()).key
        result = await slots.manager.reconcile(key)
        queue.done(key)
        if isinstance(result, RequeueAfter):
            queue.add_after(key, result.seconds)
        _rest_of_the_world(world, key, plans[int(key.removeprefix("s-"))])
        if world.sessions.rows[key].status is not S.TERMINATED:
            queue.add_after(key, 30)


def _rest_of_the_world(world: Any, key: str, plan: dict[str, Any]) -> None:
    row, now = world.sessions.rows[key], world.server_clock.now()
    came = plan["came_after"]
    if row.status is S.INSTANTIATING and now >= row.status_changed_at + timedelta(seconds=30):
        world.sessions.move(key, S.READY)
    elif row.status is S.READY and came is not None and now >= row.timeslot.start + timedelta(minutes=came):
        world.sessions.move(key, S.RUNNING)


def _check_life(row: Any, told: dict[str, datetime], plan: dict[str, Any]) -> None:
    start, end = row.occupation().start, row.timeslot.end
    assert row.status not in (S.SCHEDULED, S.INSTANTIATING, S.READY, S.RUNNING), "nothing is lost"
    if "start_instantiation" in told:
        assert told["start_instantiation"] >= start
    if "warn_ending" in told:
        assert end - timedelta(seconds=300) <= told["warn_ending"] < end
    for what, at in told.items():
        if what.startswith("start_collection") or what in ("stop: completed", "stop: failed", "stop: expired"):
            assert at >= end
        if what == "stop: no_show":
            assert at >= row.occupation().end
    assert ("start_collection: timeslot_end" in told) <= plan["graded"]
