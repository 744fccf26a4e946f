"""A crash at the worst moment loses nothing and reorders nothing: the real queue, log and receiver, two dispatchers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pydantic import SecretStr
from typing_extensions import override

from control_plane_api.application.commands.subscription.create_subscription_command import CreateSubscriptionCommand
from control_plane_api.application.commands.subscription.validate_subscription_command import (
    ValidateSubscriptionCommand,
)
from control_plane_api.application.webhooks.deliveries import DeliveryPolicy, QueuedDelivery
from control_plane_api.application.webhooks.outbound_events import OutboundEvents, OutboundPorts
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.repositories.indexes import ensure_read_indexes
from control_plane_api.integration.webhooks.delivery_queue import MongoDeliveryQueue
from control_plane_api.integration.webhooks.wiring import Webhooks
from control_plane_api.settings import ControlPlaneSettings
from control_plane_api.testing.builders import Recorder, a_session, now_stamp
from control_plane_api.testing.command_world import CommandWorld, command_world
from control_plane_api.testing.webhook_receiver import webhook_receiver
from lcm_core.clock import SystemClock
from lcm_core.contracts.subscriptions import CreateSubscription
from lcm_core.eventstore.collections import OUTBOX
from lcm_core.eventstore.outbox import OutboxDispatcher
from lcm_core.testing.mongo_server import MongoServer

POLICY = DeliveryPolicy(first_pause_seconds=0.02, longest_pause_seconds=0.05, sweep_seconds=0.2)


class CrashesBeforeTheRecord(MongoDeliveryQueue):
    """The receiver has it, and nobody writes that down."""

    reached: asyncio.Event

    @override
    async def delivered(self, row: QueuedDelivery) -> None:
        self.reached.set()
        await asyncio.Event().wait()


@pytest.fixture
async def world(mongo: MongoServer) -> AsyncIterator[CommandWorld]:
    async with command_world(mongo) as made:
        await ensure_read_indexes(made.db)
        yield made


def outbound(world: CommandWorld, ports: OutboundPorts) -> OutboundEvents:
    return OutboundEvents(world.mediator, ports, POLICY, SystemClock(), origin="lcm.test")


def with_queue(ports: OutboundPorts, queue: MongoDeliveryQueue) -> OutboundPorts:
    return OutboundPorts(
        ports.subscribers, ports.audiences, queue, ports.log, ports.health, ports.history, ports.sender
    )


async def leads(world: CommandWorld, events: OutboundEvents) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(OutboxDispatcher(world.db, events.fan_out, EVENTS.publishes).run())
        group.create_task(events.dispatcher.run())


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_what_was_delivered_and_not_recorded_is_delivered_again_before_what_follows(world: CommandWorld) -> None:
    settings = ControlPlaneSettings(
        oidc_issuer="http://127.0.0.1:1",
        mongo_uri=SecretStr("mongodb://127.0.0.1:1"),
        webhook_allowed_networks=["127.0.0.0/8"],
        webhook_allow_http=True,
    )
    webhooks = Webhooks.of(settings, world.db, world.vault, SystemClock())
    async with webhook_receiver() as receiver, webhooks.sender:
        owner = uuid4().hex
        made = await world.do(CreateSubscriptionCommand(owner, owner, CreateSubscription(url=receiver.url)))
        await world.do(ValidateSubscriptionCommand(made.subscription.id, None))
        session, record = a_session(owner_id=owner), Recorder(world.db)
        await record.commit(session)

        crashing = CrashesBeforeTheRecord(world.db)
        crashing.reached = asyncio.Event()
        first = asyncio.create_task(leads(world, outbound(world, with_queue(webhooks.ports, crashing))))
        async with asyncio.timeout(20):
            await crashing.reached.wait()
        await stopped(first)
        for number in range(2):
            session.hold(f"decision-{number}", f"no room, time {number}", now_stamp())
            await record.commit(session)

        second = asyncio.create_task(leads(world, outbound(world, webhooks.ports)))
        await receiver.until_accepted(4)
        await stopped(second)
    sequence = [each.event["sequence"] for each in receiver.accepted]
    assert sequence == [f"{version:010d}.0000" for version in (1, 1, 2, 3)]
    assert receiver.accepted[0].id == receiver.accepted[1].id
    assert await world.db[OUTBOX].find_one({}) is None
    assert receiver.accepted[0].body == receiver.accepted[1].body


async def test_only_pauses_of_what_was_tried_before_are_forgotten(world: CommandWorld) -> None:
    queue, now = MongoDeliveryQueue(world.db), datetime(2030, 1, 1, tzinfo=UTC)
    later = now + timedelta(hours=1)
    for stream, tried_at in (("before", now), ("since", later)):
        row = QueuedDelivery("sub-1", "lms-1", stream, 1, 0, "a.b.v1", now, now, now + POLICY.give_up_after)
        await queue.add([replace(row, attempts=1, tried_at=tried_at, next_at=later + timedelta(hours=1))])

    await queue.forget_pauses("sub-1", now + timedelta(minutes=1))

    left = {stream: (await queue.left(f"sub-1|{stream}")).rows[0].next_at for stream in ("before", "since")}
    assert left == {"before": None, "since": later + timedelta(hours=1)}
