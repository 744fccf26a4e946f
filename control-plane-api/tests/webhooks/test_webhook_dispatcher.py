"""One subscription, one event or one failing look at the store takes nobody else with it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

import pytest
from pymongo.errors import OperationFailure
from typing_extensions import override

from control_plane_api.application.commands.subscription.end_subscription_command import EndSubscriptionCommand
from control_plane_api.application.commands.subscription.pause_subscription_command import PauseSubscriptionCommand
from control_plane_api.application.webhooks.channel import ChannelPorts
from control_plane_api.application.webhooks.deliveries import (
    DeliveryPolicy,
    Failing,
    Opened,
    QueuedDelivery,
    ReceiverQuestions,
    Reply,
    Subscriber,
)
from control_plane_api.application.webhooks.dispatcher import WebhookDispatcher
from control_plane_api.application.webhooks.handshakes import Handshakes
from control_plane_api.application.webhooks.keyed_work import KeyedWork
from control_plane_api.application.webhooks.pacing import Slots
from control_plane_api.testing.memory_deliveries import (
    Behaviour,
    MemoryHealth,
    MemoryLog,
    MemoryQueue,
    ScriptedReceiver,
    an_active_subscription,
)
from lcm_core.application.mediator import Mediator
from lcm_core.contracts.subscriptions import DeliveryOutcome
from lcm_core.domain.commit import Commit, CommitMetadata
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.sealing import NoSealingKey, SealedTextBroken
from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time

POLICY = DeliveryPolicy()
HOUR = 3600.0


@dataclass
class Rows:
    """``Subscribers`` as the dispatcher uses them; ``faults`` are raised one by one by the next reads."""

    rows: dict[str, SubscriptionReadModel] = field(default_factory=dict[str, SubscriptionReadModel])
    unusable: dict[str, Opened] = field(default_factory=dict[str, Opened])
    faults: list[Exception] = field(default_factory=list[Exception])
    secrets_read: int = 0

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, SubscriptionReadModel]:
        if self.faults:
            raise self.faults.pop(0)
        return {id: self.rows[id] for id in ids if id in self.rows}

    async def with_secrets(self, rows: Sequence[SubscriptionReadModel], at: datetime) -> Mapping[str, Opened]:
        del at
        self.secrets_read += 1
        return {row.id: self.unusable.get(row.id, Subscriber(row, ("whsec_x",))) for row in rows}

    async def subscriber(self, row: SubscriptionReadModel, at: datetime) -> Subscriber:
        opened = (await self.with_secrets([row], at))[row.id]
        if isinstance(opened, LcmError):
            raise opened
        return opened

    async def filtering(self) -> Sequence[SubscriptionReadModel]:
        return list(self.rows.values())

    async def any_sink(self) -> bool:
        return False

    async def with_task(self, task: str) -> Sequence[str]:
        return [id for id, row in self.rows.items() if task in row.tasks]


class World:
    """A dispatcher in virtual time; ``paused`` and ``taken`` are what it decided and what was sent."""

    def __init__(
        self, behaviour: Behaviour | None = None, queue: MemoryQueue | None = None, health: MemoryHealth | None = None
    ) -> None:
        self.clock, self.rows, self.queue = LoopClock(), Rows(), queue or MemoryQueue()
        self.log, self.health = MemoryLog(), health or MemoryHealth()
        self.taken: list[tuple[float, str]] = []
        self.paused: dict[str, str] = {}
        self._behaviour = behaviour
        ports = ChannelPorts(
            queue=self.queue,
            log=self.log,
            health=self.health,
            sender=ScriptedReceiver(self._take),
            slots=Slots(POLICY),
            policy=POLICY,
            clock=self.clock,
            gone=self._told,
            dead=self._told,
        )
        self.dispatcher = WebhookDispatcher(self.rows, ports)

    async def _take(self, event: OutboxRow) -> Reply:
        self.taken.append((self.clock.monotonic(), event.id))
        return await self._behaviour(event) if self._behaviour is not None else Reply(200)

    async def _told(self, id: str, _url: str, reason: str) -> None:
        self.paused[id] = reason
        self.rows.rows[id] = self.rows.rows[id].model_copy(update={"status": SubscriptionStatus.PAUSED})

    def subscription(self, id: str) -> None:
        self.rows.rows[id] = an_active_subscription(self.clock.now(), id=id)

    async def owe(self, id: str, stream: str, version: int = 1) -> None:
        now = self.clock.now()
        row = QueuedDelivery(id, "lms-1", stream, version, 0, "a.b.v1", now, now, now + POLICY.give_up_after)
        await self.queue.add([row])
        self.dispatcher.wake([row.lane])

    def changed(self, id: str, **change: object) -> None:
        self.rows.rows[id] = self.rows.rows[id].model_copy(update=change)
        metadata = CommitMetadata(actor="test", correlation_id="c", at=self.clock.now())
        commit = Commit(
            stream=f"subscription-{id}",
            kind="subscription",
            aggregate_id=id,
            version=3,
            events=(),
            metadata=metadata,
            prev_hash="",
            hash="",
        )
        self.dispatcher.notice([commit])

    async def run(self, seconds: float) -> None:
        task = asyncio.create_task(self.dispatcher.run())
        await self.clock.sleep(seconds)
        assert not task.done(), "the duty of the leader has ended"
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def test_a_secret_that_cannot_be_opened_pauses_its_own_subscription_and_the_others_go_on() -> None:
    async def story() -> World:
        world = World()
        for id in ("broken", "well"):
            world.subscription(id)
            await world.owe(id, f"of-{id}")
        world.rows.unusable["broken"] = SealedTextBroken("k1")
        await world.run(1)
        return world

    world = run_in_virtual_time(story())
    assert [id for _, id in world.taken] == ["of-well@1#0"]
    assert list(world.paused) == ["broken"]
    assert "rotate its key" in world.paused["broken"]
    assert [row.subscription_id for row in world.queue.rows.values()] == ["broken"]


def test_a_sealing_key_that_is_missing_here_pauses_nobody_and_is_looked_for_again() -> None:
    async def story() -> World:
        world = World()
        world.subscription("sub-1")
        await world.owe("sub-1", "s")
        world.rows.unusable["sub-1"] = NoSealingKey("k2")
        await world.run(1)
        world.rows.unusable.clear()
        await world.run(POLICY.sweep_seconds + 1)
        return world

    world = run_in_virtual_time(story())
    assert world.paused == {}
    assert [id for _, id in world.taken] == ["s@1#0"]


@pytest.mark.parametrize("fault", [KeyError("status"), OperationFailure("bad"), ValueError("x")], ids=type)
def test_whatever_the_store_raises_the_duty_goes_on_after_a_pause(fault: Exception) -> None:
    async def story() -> World:
        world = World()
        world.subscription("sub-1")
        await world.owe("sub-1", "s")
        world.rows.faults += [fault] * 3
        await world.run(40)
        return world

    world = run_in_virtual_time(story())
    assert world.rows.faults == []
    assert [id for _, id in world.taken] == ["s@1#0"]


def test_an_event_whose_attempts_raise_is_a_dead_letter_after_a_day_and_nothing_against_its_receiver() -> None:
    async def raises(event: OutboxRow) -> Reply:
        if event.version == 1:
            raise TypeError("not JSON")
        return Reply(200)

    async def story() -> World:
        world = World(raises)
        world.subscription("sub-1")
        await world.owe("sub-1", "s", 1)
        await world.owe("sub-1", "s", 2)
        await world.run(26 * HOUR)
        return world

    world = run_in_virtual_time(story())
    assert "a fault on our side: TypeError" in world.queue.dead["s@1#0"]
    assert world.log.attempts[-2].outcome is DeliveryOutcome.DEAD
    assert world.taken[-1][1] == "s@2#0"
    assert (world.paused, world.health.known) == ({}, {})


async def _refuses_once(world: World, change: dict[str, object]) -> list[float]:
    """When the one event was tried: it is refused, rests for 1000 s, and after 10 s *change* is made."""
    world.subscription("sub-1")
    await world.owe("sub-1", "s")
    task = asyncio.create_task(world.run(2000))
    await world.clock.sleep(10)
    world.changed("sub-1", **change)
    await task
    return [at for at, _ in world.taken]


@pytest.mark.parametrize("moved", [True, False], ids=["paused and resumed", "described anew"])
def test_only_one_that_became_active_again_ends_the_rests_of_its_events(moved: bool) -> None:
    async def story() -> list[float]:
        async def busy_once(_event: OutboxRow) -> Reply:
            return Reply(429, "busy", retry_after_seconds=1000) if len(world.taken) == 1 else Reply(200)

        world = World(busy_once)
        later = world.clock.now() + timedelta(seconds=5)
        return await _refuses_once(world, {"status_changed_at": later} if moved else {"description": "other"})

    first, second = run_in_virtual_time(story())
    assert second - first == pytest.approx(10 if moved else 1000, abs=1)


def test_rests_and_failures_of_before_a_change_of_leader_are_kept() -> None:
    async def story() -> tuple[World, Mapping[str, Failing]]:
        world = World()
        world.subscription("sub-1")
        await world.clock.sleep(5)
        await world.owe("sub-1", "s")
        (row,) = world.queue.rows.values()
        now = world.clock.now()
        world.queue.rows[row.id] = replace(row, attempts=3, tried_at=now, next_at=now + timedelta(hours=1))
        world.health.known["sub-1"] = Failing(world.clock.now(), 3)
        world.changed("sub-1", description="other")
        await world.run(100)
        before = dict(world.health.known)
        await world.run(2 * HOUR)
        return world, before

    world, before = run_in_virtual_time(story())
    assert before["sub-1"].failures == 3
    assert [at for at, _ in world.taken] == pytest.approx([5 + HOUR], abs=1)


def test_how_a_receiver_fares_is_read_once_and_only_for_one_that_is_owed_something() -> None:
    read: list[str] = []

    class Counted(MemoryHealth):
        @override
        async def failing(self, subscription_id: str) -> Failing | None:
            read.append(subscription_id)
            return await super().failing(subscription_id)

    async def story() -> World:
        world = World(health=Counted())
        for id in ("owed", "idle"):
            world.subscription(id)
        await world.owe("owed", "s")
        world.changed("idle", description="other")
        await world.run(1)
        return world

    assert len(run_in_virtual_time(story()).taken) == 1
    assert read == ["owed"]


def test_secrets_of_all_channels_are_read_together() -> None:
    async def story() -> World:
        world = World()
        for number in range(20):
            world.subscription(f"sub-{number}")
            await world.owe(f"sub-{number}", "s")
        await world.run(1)
        return world

    world = run_in_virtual_time(story())
    assert len(world.taken) == 20
    assert world.rows.secrets_read <= 2


def test_a_receiver_that_cannot_be_asked_for_a_broken_secret_ends_when_its_time_is_over() -> None:
    ended: list[object] = []

    class Commands:
        async def execute(self, command: object, _context: object) -> None:
            ended.append(command)

    async def story() -> float:
        clock, rows = LoopClock(), Rows()
        rows.rows["sub-1"] = an_active_subscription(clock.now(), status=SubscriptionStatus.PENDING, validated_at=None)
        rows.unusable["sub-1"] = SealedTextBroken("k1")
        handshakes = Handshakes(
            cast(Mediator, Commands()),
            rows,
            cast(ReceiverQuestions, None),
            MemoryLog(),
            clock,
            origin="lcm.test",
            patience=timedelta(hours=1),
        )
        handshakes.work.add(["sub-1"])
        task = asyncio.create_task(handshakes.work.run())
        while not ended and clock.monotonic() < 3 * HOUR:
            await clock.sleep(10)
        task.cancel()
        return clock.monotonic()

    assert run_in_virtual_time(story()) == pytest.approx(HOUR, abs=30)
    why = "its secret cannot be opened, and its key was not rotated within 1 hours"
    assert ended == [EndSubscriptionCommand("sub-1", why)]


def test_a_receiver_that_agreed_before_and_is_silent_when_asked_again_rests_with_what_is_kept_for_it() -> None:
    told: list[object] = []

    class Commands:
        async def execute(self, command: object, _context: object) -> None:
            told.append(command)

    class Silent:
        async def ask(self, _subscriber: Subscriber) -> Reply:
            return Reply(None, "no answer in time")

    async def story() -> float:
        clock, rows = LoopClock(), Rows()
        rows.rows["sub-1"] = an_active_subscription(clock.now(), status=SubscriptionStatus.PENDING)
        handshakes = Handshakes(
            cast(Mediator, Commands()),
            rows,
            Silent(),
            MemoryLog(),
            clock,
            origin="lcm.test",
            patience=timedelta(hours=1),
        )
        handshakes.work.add(["sub-1"])
        task = asyncio.create_task(handshakes.work.run())
        while not told and clock.monotonic() < 3 * HOUR:
            await clock.sleep(10)
        task.cancel()
        return clock.monotonic()

    assert run_in_virtual_time(story()) == pytest.approx(HOUR, abs=30)
    why = "its receiver did not agree to take events within 1 hours"
    assert told == [PauseSubscriptionCommand("sub-1", why, automatic=True, url="https://lms.example.com/hook")]


def test_what_cannot_be_buried_of_one_subscription_keeps_no_sweep_from_the_others() -> None:
    class OneFails(MemoryQueue):
        @override
        async def overdue(self, subscription_id: str, at: datetime) -> Sequence[QueuedDelivery]:
            if subscription_id == "ended-3":
                raise OperationFailure("document too large")
            return await super().overdue(subscription_id, at)

    async def story() -> World:
        world = World(queue=OneFails())
        for number in range(9):
            await world.owe(f"ended-{number}", f"of-{number}")
        world.subscription("well")
        now = world.clock.now()
        row = QueuedDelivery("well", "lms-1", "s", 1, 0, "a.b.v1", now, now, now + POLICY.give_up_after)
        await world.queue.add([row])
        await world.run(1)
        return world

    world = run_in_virtual_time(story())
    assert set(world.queue.dead) == {f"of-{number}@1#0" for number in range(9) if number != 3}
    assert [id for _, id in world.taken] == ["s@1#0"]


def test_a_key_that_changes_while_it_is_worked_on_is_looked_at_again_at_once() -> None:
    async def story() -> list[float]:
        times, clock = list[float](), LoopClock()

        async def handle(key: str) -> float | None:
            times.append(clock.monotonic())
            if len(times) > 1:
                return None
            await clock.sleep(1)
            work.rouse([key])
            return 500.0

        work = KeyedWork("test", handle, workers=1, clock=clock)
        work.add(["a"])
        task = asyncio.create_task(work.run())
        await clock.sleep(100)
        task.cancel()
        return times

    first, second = run_in_virtual_time(story())
    assert second - first < 5
