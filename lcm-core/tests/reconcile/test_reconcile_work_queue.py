"""Properties of the keyed work queue, with time by hand."""

from __future__ import annotations

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lcm_core.reconcile import BackOff, KeyedWorkQueue
from lcm_core.testing.examples import examples
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time

KEYS = st.sampled_from(["a", "b", "c", "d"])


class QueueModel(RuleBasedStateMachine):
    """Any order of adding, delaying, failing and finishing: no key is lost, none is handled twice at once."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.queue = KeyedWorkQueue(clock=self.clock, uniform=lambda _low, high: high)
        self.handling: set[str] = set()
        self.owed: dict[str, float] = {}
        """Latest moment by which each key must be ready or being handled after it."""

    def _owe(self, key: str, due: float) -> None:
        self.owed[key] = min(due, self.owed.get(key, due))

    @rule(key=KEYS)
    def add(self, key: str) -> None:
        self.queue.add(key)
        self._owe(key, self.clock.monotonic() + (1.0 if self.queue.failures(key) else 0.0))

    @rule(key=KEYS, seconds=st.floats(0.1, 50))
    def add_after(self, key: str, seconds: float) -> None:
        self.queue.add_after(key, seconds)
        self._owe(key, self.clock.monotonic() + seconds)

    @rule()
    def take(self) -> None:
        work = self.queue.take()
        if work is None:
            return
        assert work.key not in self.handling
        assert work.key in self.owed
        self.handling.add(work.key)
        del self.owed[work.key]

    @precondition(lambda self: self.handling)
    @rule(data=st.data(), outcome=st.sampled_from(["done", "again", "failed", "fatal"]))
    def finish(self, data: st.DataObject, outcome: str) -> None:
        key = data.draw(st.sampled_from(sorted(self.handling)))
        now = self.clock.monotonic()
        match outcome:
            case "again":
                self.queue.forget(key)
                self.queue.add_after(key, 7)
                self._owe(key, now + 7)
            case "failed":
                pause = self.queue.retry(key)
                if key in self.owed:
                    self.owed[key] = max(self.owed[key], min(now + 1.0, now + pause))
                self._owe(key, now + pause)
            case "fatal":
                self.queue.fail(key)
                if key in self.owed:
                    self.owed[key] = max(self.owed[key], now + 1.0)
            case _:
                self.queue.forget(key)
        self.queue.done(key)
        self.handling.discard(key)

    @rule(seconds=st.floats(0.01, 100))
    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def handled_keys_are_known(self) -> None:
        assert self.queue.handling == self.handling

    @invariant()
    def nothing_owed_is_forgotten(self) -> None:
        now = self.clock.monotonic()
        for key, due in self.owed.items():
            if key in self.handling:
                continue
            due_in = self.queue.due_in(key)
            assert key in self.queue._waiting or (due_in is not None and due_in <= max(0.0, due - now) + 1e-6)

    def teardown(self) -> None:
        """Let time run out and handle all: every key that was owed comes, once."""
        for key in sorted(self.handling):
            self.queue.done(key)
        self.clock.advance(1000)
        owed, seen = set(self.owed), []
        while (work := self.queue.take()) is not None:
            seen.append(work.key)
            self.queue.done(work.key)
        assert sorted(seen) == sorted(owed)


TestQueueModel = QueueModel.TestCase
TestQueueModel.settings = settings(max_examples=examples(150), stateful_step_count=40, deadline=None)


def queue_and_clock() -> tuple[KeyedWorkQueue, ManualClock]:
    clock = ManualClock()
    return KeyedWorkQueue(clock=clock, uniform=lambda _low, high: high), clock


def taken(queue: KeyedWorkQueue) -> list[str]:
    keys: list[str] = []
    while (work := queue.take()) is not None:
        keys.append(work.key)
    return keys


def test_first_come_first_served() -> None:
    queue, _ = queue_and_clock()
    for key in "cab":
        queue.add(key)
    assert taken(queue) == ["c", "a", "b"]


def test_a_waiting_key_keeps_its_place_and_is_there_once() -> None:
    queue, _ = queue_and_clock()
    for key in "abaca":
        queue.add(key)
    assert taken(queue) == ["a", "b", "c"]


def test_a_key_added_while_it_is_handled_runs_again_and_not_at_once() -> None:
    queue, _ = queue_and_clock()
    queue.add("a")
    queue.take()
    queue.add("a")
    queue.add("a")
    assert queue.take() is None
    queue.done("a")
    assert taken(queue) == ["a"]


def test_a_change_wakes_a_delayed_key() -> None:
    queue, _ = queue_and_clock()
    queue.add_after("a", 300)
    queue.add("a")
    assert taken(queue) == ["a"]
    assert queue.delayed == 0


def test_the_earliest_of_two_delays_counts() -> None:
    queue, clock = queue_and_clock()
    queue.add_after("a", 10)
    queue.add_after("a", 50)
    queue.add_after("a", 5)
    clock.advance(5)
    assert taken(queue) == ["a"]
    queue.done("a")
    clock.advance(100)
    assert taken(queue) == []


def test_the_latest_look_at_the_world_decides_when_to_look_again() -> None:
    queue, clock = queue_and_clock()
    queue.add_after("a", 30)
    queue.add("a")
    queue.take()
    queue.done("a")
    clock.advance(30)
    assert queue.take() is None


def test_pauses_after_failures_double_up_to_a_bound() -> None:
    queue, _ = queue_and_clock()
    pauses = [queue.retry("a") for _ in range(10)]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_success_starts_the_row_of_failures_over() -> None:
    queue, _ = queue_and_clock()
    for _ in range(6):
        queue.retry("a")
    queue.forget("a")
    assert queue.retry("a") == 0.5


def test_a_change_cannot_make_a_failing_key_spin() -> None:
    queue, clock = queue_and_clock()
    handlings = 0
    queue.add("a")
    for _ in range(1000):
        if queue.take() is not None:
            handlings += 1
            queue.add("a")
            queue.retry("a")
            queue.done("a")
        clock.advance(0.01)
    assert handlings <= 11


def test_a_change_shortens_a_long_pause_after_failure() -> None:
    queue, clock = queue_and_clock()
    for _ in range(8):
        queue.retry("a")
    clock.advance(2)
    queue.add("a")
    assert taken(queue) == ["a"]


def test_the_wait_is_measured_from_when_the_key_was_ready() -> None:
    queue, clock = queue_and_clock()
    queue.add_after("a", 10)
    clock.advance(12)
    work = queue.take()
    assert work is not None
    assert work.waited_seconds == 2


def test_the_whole_pause_is_random() -> None:
    seen: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        seen.append((low, high))
        return low

    KeyedWorkQueue(clock=ManualClock(), back_off=BackOff(first_seconds=3), uniform=uniform).retry("a")
    assert seen == [(0.0, 3.0)]


def test_getting_waits_for_the_next_key_to_be_due() -> None:
    async def main() -> tuple[str, float]:
        queue = KeyedWorkQueue(clock=LoopClock())
        queue.add_after("late", 90)
        queue.add_after("early", 40)
        return (await queue.get()).key, asyncio.get_running_loop().time()

    key, moment = run_in_virtual_time(main())
    assert key == "early"
    assert 40 <= moment < 41


def test_getting_is_woken_by_a_change() -> None:
    async def main() -> tuple[str, float]:
        queue = KeyedWorkQueue(clock=LoopClock())
        queue.add_after("late", 90)
        asyncio.get_running_loop().call_later(3, queue.add, "changed")
        return (await queue.get()).key, asyncio.get_running_loop().time()

    key, moment = run_in_virtual_time(main())
    assert (key, moment < 4) == ("changed", True)


def test_several_takers_get_different_keys() -> None:
    async def main() -> set[str]:
        queue = KeyedWorkQueue(clock=LoopClock())
        takers = [asyncio.create_task(queue.get()) for _ in range(3)]
        await asyncio.sleep(1)
        for key in "abc":
            queue.add(key)
        return {work.key for work in await asyncio.gather(*takers)}

    assert run_in_virtual_time(main()) == {"a", "b", "c"}


ESCALATING = BackOff(first_seconds=0.2, most_seconds=300, escalate_after=5)


def longest_pauses(*outages: bool) -> list[float]:
    """The longest pause after each of these failures of one key in a row."""
    queue = KeyedWorkQueue(clock=ManualClock(), back_off=ESCALATING, uniform=lambda _low, high: high)
    return [queue.retry("a", outage=outage) for outage in outages]


def test_what_fails_again_and_again_is_tried_rarely() -> None:
    assert longest_pauses(*[False] * 6)[-2:] == [300, 300]


def test_however_long_another_system_is_away_work_goes_on_soon_after_it_is_back() -> None:
    assert max(longest_pauses(*[True] * 50)) == ESCALATING.outage_most_seconds


def test_an_outage_makes_no_failure_of_the_key() -> None:
    assert longest_pauses(*[True] * 9, False)[-1] == ESCALATING.first_seconds
