"""Hosts that tell of changes wake their workers: at once, not too often, and whatever happens to the stream."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from lcm_core.domain.errors import FarEndError
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time
from worker_controller.application.services.host_follower import FollowPolicy, HostFollower
from worker_controller.domain.host_change import ChangeKind, HostChange, NoEventStream

POLICY = FollowPolicy(wake_distance=2, first_retry=1, most_retry=60, absent_retry=600, forget_after=300, most_streams=3)
CHANGE = HostChange(ChangeKind.NODE_STATE, "lab", "BOOTED")


class Hosts:
    """Each entry of *refusals* is for one attempt to open a stream; None lets it through."""

    def __init__(self) -> None:
        self.refusals: list[FarEndError | None] = []
        self.opened: list[float] = []
        self.open_now = 0
        self.queues: dict[str, asyncio.Queue[HostChange | None]] = {}

    @asynccontextmanager
    async def open(self, address: str) -> AsyncIterator[AsyncIterator[HostChange]]:
        self.opened.append(asyncio.get_running_loop().time())
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            raise refusal
        queue = self.queues.setdefault(address, asyncio.Queue())
        self.open_now += 1
        try:
            yield self._changes(queue)
        finally:
            self.open_now -= 1

    async def _changes(self, queue: asyncio.Queue[HostChange | None]) -> AsyncIterator[HostChange]:
        while (change := await queue.get()) is not None:
            yield change


class Ear:
    def __init__(self, policy: FollowPolicy = POLICY) -> None:
        self.hosts = Hosts()
        self.follower = HostFollower(self.hosts, clock=LoopClock(), policy=policy)
        self.woken: list[tuple[str, float]] = []
        self.follower.on_wake(lambda worker: self.woken.append((worker, asyncio.get_running_loop().time())))

    async def tell(self, address: str, times: int = 1) -> None:
        for _ in range(times):
            self.hosts.queues[address].put_nowait(CHANGE)
        await asyncio.sleep(0.001)


def listening(scene: Callable[[Ear], Awaitable[None]], policy: FollowPolicy = POLICY) -> Ear:
    """Play *scene* while the follower runs; the ear as it is after a clean stop."""

    async def play() -> Ear:
        ear = Ear(policy)
        running = asyncio.create_task(ear.follower.run())
        await asyncio.sleep(0.001)
        await scene(ear)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        return ear

    return run_in_virtual_time(play())


def test_a_change_wakes_its_worker_at_once() -> None:
    async def scene(ear: Ear) -> None:
        ear.follower.follow("w-1", "10.0.0.1")
        ear.follower.follow("w-2", "10.0.0.2")
        await asyncio.sleep(10)
        ear.woken.clear()
        await ear.tell("10.0.0.2")
        assert [worker for worker, _ in ear.woken] == ["w-2"]

    listening(scene)


def test_a_storm_of_changes_is_few_wakes_and_the_last_change_is_not_lost() -> None:
    async def scene(ear: Ear) -> None:
        ear.follower.follow("w-1", "10.0.0.1")
        await asyncio.sleep(10)
        ear.woken.clear()
        for _ in range(100):
            await ear.tell("10.0.0.1", 3)
            await asyncio.sleep(0.05)
        last = asyncio.get_running_loop().time()
        await asyncio.sleep(5)
        assert len(ear.woken) <= 4
        assert ear.woken[-1][1] >= last - 0.1

    listening(scene)


def test_an_opened_stream_wakes_since_changes_may_have_been_missed() -> None:
    async def scene(ear: Ear) -> None:
        ear.hosts.refusals = [FarEndError("cml", "boots", retryable=True)]
        ear.follower.follow("w-1", "10.0.0.1")
        await asyncio.sleep(5)
        assert len(ear.woken) == 1

    listening(scene)


def test_a_broken_stream_is_opened_again_with_growing_pauses() -> None:
    async def scene(ear: Ear) -> None:
        ear.hosts.refusals = [FarEndError("cml", "down", retryable=True)] * 12
        ear.follower.follow("w-1", "10.0.0.1")
        for _ in range(60):
            await asyncio.sleep(10)
            ear.follower.follow("w-1", "10.0.0.1")

    opened = listening(scene).hosts.opened
    pauses = [later - earlier for earlier, later in itertools.pairwise(opened)]
    assert all(pause <= 60 for pause in pauses)
    assert all(pause <= 2.0**place for place, pause in enumerate(pauses[:6]))
    assert len(opened) >= 13


def test_a_host_without_a_stream_is_seldom_asked_for_it() -> None:
    async def scene(ear: Ear) -> None:
        ear.hosts.refusals = [NoEventStream("10.0.0.1", "404")] * 20
        ear.follower.follow("w-1", "10.0.0.1")
        for _ in range(60):
            await asyncio.sleep(60)
            ear.follower.follow("w-1", "10.0.0.1")
        assert ear.follower.states() == Counter({"none": 1})

    assert 6 <= len(listening(scene).hosts.opened) <= 13


def test_a_host_that_nobody_looks_at_any_more_is_left() -> None:
    async def scene(ear: Ear) -> None:
        ear.follower.follow("w-1", "10.0.0.1")
        await asyncio.sleep(1)
        ear.hosts.queues["10.0.0.1"].put_nowait(None)
        await asyncio.sleep(2)
        assert ear.hosts.open_now == 1
        await asyncio.sleep(400)
        ear.hosts.queues["10.0.0.1"].put_nowait(None)
        await asyncio.sleep(400)
        assert ear.hosts.open_now == 0
        assert ear.follower.states() == Counter()

    listening(scene)


def test_a_worker_that_is_forgotten_or_moved_is_not_heard_at_its_old_address() -> None:
    async def scene(ear: Ear) -> None:
        ear.follower.follow("w-1", "10.0.0.1")
        await asyncio.sleep(1)
        ear.follower.follow("w-1", "10.0.0.2")
        await asyncio.sleep(1)
        ear.woken.clear()
        await ear.tell("10.0.0.1")
        assert ear.woken == []
        ear.follower.forget("w-1")
        await asyncio.sleep(1)
        assert ear.hosts.open_now == 0

    listening(scene)


def test_streams_are_bounded_and_room_that_is_given_back_is_used() -> None:
    async def scene(ear: Ear) -> None:
        for number in range(5):
            ear.follower.follow(f"w-{number}", f"10.0.0.{number}")
        await asyncio.sleep(1)
        assert ear.hosts.open_now == 3
        ear.follower.forget("w-0")
        ear.follower.follow("w-4", "10.0.0.4")
        await asyncio.sleep(1)
        assert ear.hosts.open_now == 3

    listening(scene)


def test_every_stream_ends_with_the_term_and_none_begins_outside_of_it() -> None:
    async def scene(ear: Ear) -> None:
        for number in range(3):
            ear.follower.follow(f"w-{number}", f"10.0.0.{number}")
        await asyncio.sleep(1)

    ear = listening(scene)
    assert ear.hosts.open_now == 0
    ear.follower.follow("w-1", "10.0.0.1")
    assert ear.follower.states() == Counter()
