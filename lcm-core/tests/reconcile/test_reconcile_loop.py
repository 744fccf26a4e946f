"""How a loop treats its reconciler, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import pytest

from lcm_core.coordination import Leadership, NotLeader, acting_as_leader, leadership_headers
from lcm_core.domain.errors import FarEndError, RuleViolation, StaleLeader
from lcm_core.reconcile import BackOff, Done, Failed, ReconcileLoop, ReconcileOptions, RequeueAfter, Result
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time

Step = Callable[[str], Awaitable[Result]]


def now() -> float:
    return asyncio.get_running_loop().time()


class World:
    """A reconciler whose step is given, and a note of when which key was handled."""

    def __init__(self, step: Step, keys: Collection[str] = ("a",)) -> None:
        self.keys = keys
        self.calls: list[tuple[str, float]] = []
        self.running: list[str] = []
        self.most_at_once = 0
        self.escalations: list[tuple[str, int, str]] = []
        self._step = step

    async def list_keys(self) -> Collection[str]:
        return self.keys

    async def reconcile(self, key: str) -> Result:
        assert key not in self.running
        self.calls.append((key, now()))
        self.running.append(key)
        self.most_at_once = max(self.most_at_once, len(self.running))
        try:
            return await self._step(key)
        finally:
            self.running.remove(key)

    async def escalate(self, key: str, failures: int, reason: str) -> None:
        self.escalations.append((key, failures, reason))

    def times(self) -> list[float]:
        return [moment for _, moment in self.calls]


def led_for(
    world: World,
    seconds: float,
    meanwhile: Callable[[ReconcileLoop, Leadership], Awaitable[None]] | None = None,
    **options: Any,
) -> ReconcileLoop:
    """Lead for *seconds* of virtual time, with resync far away unless *options* say otherwise; then stop cleanly."""

    async def main() -> ReconcileLoop:
        clock = LoopClock()
        chosen = ReconcileOptions(**{"resync_interval": 10_000.0, **options})
        loop = ReconcileLoop("sessions", world, options=chosen, on_escalation=world.escalate, clock=clock)
        leadership = Leadership("scheduler", "one", 7, 1e9, clock)
        with acting_as_leader(leadership):
            leading = asyncio.create_task(loop.run_as_leader(leadership))
        if meanwhile is not None:
            await meanwhile(loop, leadership)
        await asyncio.sleep(max(0.0, seconds - now()))
        leading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leading
        return loop

    return run_in_virtual_time(main())


def answering(result: Result) -> Step:
    async def step(_key: str) -> Result:
        return result

    return step


def raising(error: Exception) -> Step:
    async def step(_key: str) -> Result:
        raise error

    return step


def test_a_new_leader_looks_at_every_key_once() -> None:
    world = World(answering(Done()), keys=["a", "b", "c"])
    led_for(world, 100)
    assert [key for key, _ in world.calls] == ["a", "b", "c"]


def test_what_is_done_is_looked_at_again_at_the_next_resync() -> None:
    world = World(answering(Done()))
    led_for(world, 100, resync_interval=30.0)
    assert len(world.calls) == 4


def test_a_key_comes_back_when_it_asked_to() -> None:
    world = World(answering(RequeueAfter(10)))
    led_for(world, 35)
    assert [round(moment) for moment in world.times()] == [0, 10, 20, 30]


def test_a_failing_key_comes_back_later_and_later() -> None:
    world = World(answering(Failed("no room")))
    led_for(world, 2000, back_off=BackOff(first_seconds=1, most_seconds=60))
    assert 30 < len(world.calls) < 150


def test_a_failure_that_cannot_be_retried_waits_for_a_change() -> None:
    world = World(answering(Failed("no such definition", retryable=False)))
    led_for(world, 5000)
    assert len(world.calls) == 1


def test_an_exception_is_a_failure() -> None:
    world = World(raising(KeyError("lab")))
    loop = led_for(world, 1)
    assert "KeyError: 'lab'" in loop.status().failing[0].reason


@pytest.mark.parametrize(
    ("error", "calls_again"),
    [
        (FarEndError("lds", "down", retryable=True), True),
        (FarEndError("lds", "refused", retryable=False), False),
        (RuleViolation("The worker is busy.", code="worker-busy"), True),
    ],
)
def test_an_error_says_itself_whether_it_is_worth_trying_again(error: Exception, calls_again: bool) -> None:
    world = World(raising(error))
    led_for(world, 300)
    assert (len(world.calls) > 1) is calls_again


def test_a_key_is_handled_again_soon_after_an_outage_of_minutes() -> None:
    async def away_for_five_minutes(_key: str) -> Result:
        if now() < 300:
            raise FarEndError("control-plane-api", "cannot be reached", retryable=True)
        return Done()

    world = World(away_for_five_minutes)
    led_for(world, 320, back_off=BackOff(first_seconds=0.2, most_seconds=300, escalate_after=5))
    assert any(300 <= at <= 310 for _, at in world.calls)


def test_a_handler_that_hangs_is_given_up() -> None:
    async def hang(_key: str) -> Result:
        await asyncio.Event().wait()
        return Done()

    world = World(hang)
    loop = led_for(world, 65, handler_deadline=60.0, back_off=BackOff(first_seconds=1000, most_seconds=1000))
    assert loop.status().failing[0].reason == "not finished within 60 s"


def test_a_time_out_inside_a_handler_is_not_taken_for_its_deadline() -> None:
    loop = led_for(World(raising(TimeoutError("console"))), 0.1)
    assert loop.status().failing[0].reason == "TimeoutError: console"


def test_people_are_told_once_after_repeated_failure() -> None:
    world = World(answering(Failed("no room")))
    led_for(world, 1000, escalate_after=5)
    assert world.escalations == [("a", 5, "no room")]


def test_people_are_told_at_once_when_retrying_is_no_use() -> None:
    world = World(answering(Failed("no such definition", retryable=False)))
    led_for(world, 1)
    assert world.escalations == [("a", 1, "no such definition")]


def test_people_are_told_again_after_a_success_in_between() -> None:
    results = iter([*[Failed("x")] * 3, RequeueAfter(1), *[Failed("y")] * 3, Done()])

    async def step(_key: str) -> Result:
        return next(results)

    world = World(step)
    led_for(world, 1000, escalate_after=3)
    assert [reason for _, _, reason in world.escalations] == ["x", "y"]


def test_telling_people_is_tried_again_when_it_fails() -> None:
    world = World(answering(Failed("no room")))
    told: list[int] = []

    async def fails_first(_key: str, failures: int, _reason: str) -> None:
        told.append(failures)
        if len(told) == 1:
            raise ConnectionError("pager down")

    world.escalate = fails_first  # type: ignore[method-assign]
    led_for(world, 1000, escalate_after=2)
    assert told == [2, 3]


def test_no_more_keys_are_handled_at_once_than_allowed() -> None:
    async def slow(_key: str) -> Result:
        await asyncio.sleep(5)
        return Done()

    world = World(slow, keys=[str(number) for number in range(20)])
    led_for(world, 100, max_concurrent=4)
    assert (world.most_at_once, len(world.calls)) == (4, 20)


def test_a_change_while_a_key_is_handled_is_not_lost() -> None:
    async def slow(_key: str) -> Result:
        await asyncio.sleep(5)
        return Done()

    async def change(loop: ReconcileLoop, _leadership: Leadership) -> None:
        await asyncio.sleep(2)
        loop.queue.add("a")

    world = World(slow)
    led_for(world, 100, change)
    assert [round(moment) for moment in world.times()] == [0, 5]


def test_a_clean_stop_lets_handlers_finish() -> None:
    finished: list[str] = []

    async def slow(key: str) -> Result:
        await asyncio.sleep(5)
        finished.append(key)
        return Done()

    led_for(World(slow, keys=["a", "b"]), 2, stop_grace=10.0)
    assert sorted(finished) == ["a", "b"]


def test_a_clean_stop_does_not_wait_for_ever() -> None:
    async def hang(_key: str) -> Result:
        await asyncio.Event().wait()
        return Done()

    world = World(hang)
    led_for(world, 2, stop_grace=10.0)
    assert world.running == []


def test_handlers_of_a_lost_term_are_cancelled_at_once() -> None:
    stopped_at: list[float] = []

    async def hang(_key: str) -> Result:
        try:
            await asyncio.Event().wait()
        finally:
            stopped_at.append(now())
        return Done()

    async def lose(_loop: ReconcileLoop, leadership: Leadership) -> None:
        await asyncio.sleep(1)
        leadership.end("the lease has ended")

    led_for(World(hang), 2, lose, stop_grace=10.0)
    assert stopped_at == [2]


def test_losing_the_lead_is_nobodys_failure() -> None:
    loop = led_for(World(raising(NotLeader("scheduler", "one", "over"))), 10)
    assert loop.status().failing == []


def test_a_refusal_by_epoch_ends_the_term() -> None:
    ended: list[bool] = []

    async def watch(_loop: ReconcileLoop, leadership: Leadership) -> None:
        await asyncio.sleep(1)
        ended.append(not leadership.is_valid)

    led_for(World(raising(StaleLeader("scheduler", 7, 9))), 2, watch)
    assert ended == [True]


def test_handlers_write_with_the_epoch_of_the_term() -> None:
    headers: list[dict[str, str]] = []

    async def step(_key: str) -> Result:
        headers.append(dict(leadership_headers()))
        return Done()

    led_for(World(step), 1)
    assert headers == [{"X-LCM-Leader-Epoch": "7"}]


def test_nothing_is_handled_while_paused_and_nothing_is_lost() -> None:
    async def pause(loop: ReconcileLoop, _leadership: Leadership) -> None:
        await asyncio.sleep(10)
        loop.pause()
        loop.queue.add("a")
        await asyncio.sleep(10)
        loop.resume()

    world = World(answering(Done()))
    led_for(world, 50, pause)
    assert [round(moment) for moment in world.times()] == [0, 20, 20], "what had come, and the sweep of all"


def test_a_key_can_be_triggered_out_of_its_back_off() -> None:
    async def trigger(loop: ReconcileLoop, _leadership: Leadership) -> None:
        await asyncio.sleep(10)
        loop.trigger("a")

    world = World(answering(Failed("x")))
    led_for(world, 11, trigger, back_off=BackOff(first_seconds=1e6, most_seconds=1e6))
    assert [round(moment) for moment in world.times()] == [0, 10]


def test_a_resync_leaves_failing_keys_in_their_back_off() -> None:
    world = World(answering(Failed("x")))
    led_for(world, 1000, resync_interval=10.0, back_off=BackOff(first_seconds=1e7, most_seconds=1e7))
    assert len(world.calls) == 1


def test_keys_that_cannot_be_listed_are_listed_later() -> None:
    world = World(answering(Done()))
    attempts = 0

    async def fails_twice() -> Collection[str]:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise ConnectionError("control-plane-api is away")
        return ["a"]

    world.list_keys = fails_twice  # type: ignore[method-assign]
    loop = led_for(world, 30)
    assert len(world.calls) == 1
    assert loop.status().last_resync_error is None


def test_a_failing_key_that_is_no_more_is_forgotten() -> None:
    world = World(answering(Failed("x", retryable=False)))

    async def vanish(_loop: ReconcileLoop, _leadership: Leadership) -> None:
        await asyncio.sleep(5)
        world.keys = []

    loop = led_for(world, 50, vanish, resync_interval=10.0)
    assert loop.status().failing == []


def test_status_tells_what_is_going_on() -> None:
    seen: list[Any] = []

    async def slow(key: str) -> Result:
        if key == "bad":
            return Failed("no room")
        await asyncio.sleep(50)
        return Done()

    async def look(loop: ReconcileLoop, _leadership: Leadership) -> None:
        await asyncio.sleep(3)
        seen.append(loop.status())

    world = World(slow, keys=["bad", "slow", "waits"])
    led_for(world, 4, look, max_concurrent=1, stop_grace=0.0, back_off=BackOff(1e6, 1e6))
    status = seen[0]
    assert [each.key for each in status.in_flight] == ["slow"]
    assert status.in_flight[0].running_seconds == pytest.approx(3, abs=0.1)
    assert (status.waiting, [each.key for each in status.failing], status.handled) == (1, ["bad"], 1)


def test_watches_need_a_source() -> None:
    from lcm_core.reconcile import WatchedPrefix

    with pytest.raises(ValueError, match="no source"):
        ReconcileLoop("x", World(answering(Done())), watches=(WatchedPrefix.by_id("/lcm/sessions"),))
