"""One subscription: order, pauses, dead letters and dead receivers, in time that passes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from control_plane_api.application.webhooks.channel import Channel, ChannelPorts
from control_plane_api.application.webhooks.deliveries import DeliveryPolicy, QueuedDelivery, Reply, Subscriber
from control_plane_api.application.webhooks.pacing import Slots
from control_plane_api.testing.memory_deliveries import (
    Behaviour,
    MemoryHealth,
    MemoryLog,
    MemoryQueue,
    ScriptedReceiver,
    an_active_subscription,
)
from lcm_core.contracts.subscriptions import DeliveryOutcome
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.testing.examples import examples
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time

POLICY = DeliveryPolicy()
OK, BROKEN = Reply(200), Reply(500, "it answered 500")
DAY = 86_400


class SlowToRecord(MemoryQueue):
    """Between a delivery and its record there is time for a crash."""

    @override
    async def delivered(self, row: QueuedDelivery) -> None:
        await asyncio.sleep(0.01)
        await super().delivered(row)


@dataclass
class World:
    """A channel to a receiver; ``ended`` and ``paused`` say what it decided of the subscription."""

    behaviour: Behaviour
    policy: DeliveryPolicy = POLICY
    rate: int | None = None
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    log: MemoryLog = field(default_factory=MemoryLog)
    health: MemoryHealth = field(default_factory=MemoryHealth)
    clock: LoopClock = field(default_factory=LoopClock)
    ended: list[str] = field(default_factory=list[str])
    paused: list[str] = field(default_factory=list[str])

    async def _gone(self, _id: str, _url: str, reason: str) -> None:
        self.ended.append(reason)

    async def _dead(self, _id: str, _url: str, reason: str) -> None:
        self.paused.append(reason)

    def channel(self) -> Channel:
        ports = ChannelPorts(
            queue=self.queue,
            log=self.log,
            health=self.health,
            sender=ScriptedReceiver(self.behaviour),
            slots=Slots(self.policy),
            policy=self.policy,
            clock=self.clock,
            gone=self._gone,
            dead=self._dead,
        )
        row = an_active_subscription(self.clock.now(), allowed_rate=self.rate)
        return Channel(Subscriber(row, ("whsec_x",)), ports, self.health.known.get(row.id))

    async def owe(self, stream: str, *versions: int) -> None:
        now = self.clock.now()
        for version in versions:
            row = QueuedDelivery("sub-1", "lms-1", stream, version, 0, "a.b.v1", now, now, now + POLICY.give_up_after)
            await self.queue.add([row])

    async def run(
        self, until: Callable[[World], bool], *, at_most_seconds: float = 3 * DAY, look_seconds: float = 60
    ) -> None:
        """Send until *until* holds; then whatever is on its way is broken off."""
        channel = self.channel()
        channel.add([lane async for lane in self.queue.lanes()])
        task = asyncio.create_task(channel.run())
        deadline = self.clock.monotonic() + at_most_seconds
        while not until(self) and self.clock.monotonic() < deadline:
            await self.clock.sleep(look_seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def nothing_left(world: World) -> bool:
    return not world.queue.rows


@given(
    lanes=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    failures=st.dictionaries(st.tuples(st.integers(0, 4), st.integers(1, 6)), st.integers(1, 4), max_size=10),
    crash_after=st.none() | st.integers(1, 12),
)
@settings(max_examples=examples(40), deadline=None)
def test_no_event_overtakes_an_earlier_one_of_its_aggregate_whatever_fails(
    lanes: list[int], failures: Mapping[tuple[int, int], int], crash_after: int | None
) -> None:
    left, accepted = dict(failures), list[tuple[str, int]]()

    async def unreliable(event: OutboxRow) -> Reply:
        await asyncio.sleep(0.01 * (crc32(event.id.encode()) % 7))
        place = (int(event.stream), event.version)
        if left.get(place, 0) > 0:
            left[place] -= 1
            return BROKEN
        accepted.append((event.stream, event.version))
        return OK

    async def story() -> None:
        world = World(unreliable, queue=SlowToRecord())
        for number, events in enumerate(lanes):
            await world.owe(str(number), *range(1, events + 1))
        if crash_after is not None:
            # A crash between a delivery and its record: what was sent last is sent again.
            enough = crash_after
            await world.run(lambda _: len(accepted) >= enough, at_most_seconds=1, look_seconds=0.003)
        await world.run(nothing_left, look_seconds=10)

    run_in_virtual_time(story())
    for number, events in enumerate(lanes):
        first = list(dict.fromkeys(version for stream, version in accepted if stream == str(number)))
        assert first == list(range(1, events + 1))


def test_pauses_double_up_to_an_hour_and_after_a_day_the_event_is_a_dead_letter() -> None:
    async def broken(_event: OutboxRow) -> Reply:
        return BROKEN

    async def story() -> World:
        world = World(broken, policy=DeliveryPolicy(dead_after_hours=1000))
        await world.owe("s", 1)
        await world.run(nothing_left)
        return world

    world = run_in_virtual_time(story())
    attempts = world.log.attempts
    pauses = [(after.at - before.at).total_seconds() for before, after in pairwise(attempts)]
    longest = [min(3600, 5 * 2**number) for number in range(len(pauses))]
    # The last one is cut: the event is given up exactly when its day is over.
    assert all(most / 2 <= pause <= most + 0.1 for pause, most in zip(pauses[:-1], longest[:-1], strict=True))
    assert len(pauses) > 24
    assert timedelta(hours=24) <= attempts[-1].at - attempts[0].at <= timedelta(hours=24, minutes=1)
    assert attempts[-1].outcome is DeliveryOutcome.DEAD
    assert "given up after" in world.queue.dead["s@1#0"]


def test_a_dead_letter_holds_up_its_successors_no_more() -> None:
    async def poison(event: OutboxRow) -> Reply:
        return Reply(415, "it answered 415") if event.version == 1 else OK

    async def story() -> World:
        world = World(poison)
        await world.owe("s", 1, 2)
        await world.run(nothing_left)
        return world

    world = run_in_virtual_time(story())
    assert list(world.queue.dead) == ["s@1#0"]
    assert [each.outcome for each in world.log.attempts] == [DeliveryOutcome.DEAD, DeliveryOutcome.DELIVERED]


def test_a_receiver_that_takes_nothing_for_hours_is_paused_with_the_reason() -> None:
    async def unreachable(_event: OutboxRow) -> Reply:
        return Reply(None, "ConnectError: refused")

    async def story() -> World:
        world = World(unreachable)
        await world.owe("s", 1)
        await world.run(lambda world: bool(world.paused))
        return world

    world = run_in_virtual_time(story())
    assert "it took nothing for 6." in world.paused[0]
    assert "ConnectError: refused" in world.paused[0]
    assert world.queue.rows


def test_an_attempt_is_dated_from_its_beginning() -> None:
    async def slowly_broken(_event: OutboxRow) -> Reply:
        await asyncio.sleep(4)
        return BROKEN

    async def story() -> float:
        world = World(slowly_broken)
        await world.owe("s", 1)
        began = world.clock.now()
        await world.run(lambda world: bool(world.log.attempts), look_seconds=1)
        (row,) = world.queue.rows.values()
        assert row.tried_at is not None
        return (row.tried_at - began).total_seconds()

    assert run_in_virtual_time(story()) < 1


def test_an_attempt_that_ends_the_subscription_and_with_it_the_channel_is_in_the_log() -> None:
    async def gone(_event: OutboxRow) -> Reply:
        return Reply(410, "it answered 410")

    class ClosedByTheCommit(World):
        @override
        async def _gone(self, _id: str, _url: str, reason: str) -> None:
            await super()._gone(_id, _url, reason)
            raise asyncio.CancelledError

    async def story() -> World:
        world = ClosedByTheCommit(gone)
        await world.owe("s", 1)
        await world.run(lambda world: bool(world.ended))
        return world

    world = run_in_virtual_time(story())
    assert [each.outcome for each in world.log.attempts] == [DeliveryOutcome.GONE]


def test_one_success_makes_a_failing_receiver_well_again() -> None:
    async def half(event: OutboxRow) -> Reply:
        return BROKEN if event.stream == "bad" else OK

    async def story() -> World:
        world = World(half)
        await world.owe("bad", 1)
        for number in range(40):
            await world.owe(f"good-{number}", 1)
            await world.run(lambda world: all(row.stream == "bad" for row in world.queue.rows.values()))
            await world.clock.sleep(1800)
        return world

    assert run_in_virtual_time(story()).paused == []


def test_a_rate_that_the_receiver_allows_is_kept() -> None:
    times: list[float] = []

    async def timed(_event: OutboxRow) -> Reply:
        times.append(asyncio.get_running_loop().time())
        return OK

    async def story() -> World:
        world = World(timed, rate=30)
        for number in range(5):
            await world.owe(str(number), 1)
        await world.run(nothing_left)
        return world

    run_in_virtual_time(story())
    assert [after - before for before, after in pairwise(times)] == pytest.approx([2.0] * 4, abs=0.01)
