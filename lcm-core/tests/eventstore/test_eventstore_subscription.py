from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from lcm_core.domain.commit import GENESIS_HASH, Commit, CommitMetadata
from lcm_core.eventstore.subscription import LossReason, PositionUnknown, SubscriptionHub, SubscriptionLost


def a_commit(number: int) -> Commit:
    return Commit.chained(
        kind="purse",
        aggregate_id="p1",
        version=number,
        events=(),
        metadata=CommitMetadata(actor="ada", correlation_id="c", at=datetime(2026, 1, 1, tzinfo=UTC)),
        prev_hash=GENESIS_HASH,
    )


async def test_subscriber_gets_what_is_published_from_then_on():
    hub = SubscriptionHub(history=10)
    hub.publish(a_commit(1))
    subscription = hub.subscribe(after=None, capacity=5)
    hub.publish(a_commit(2))
    assert (await anext(subscription)).version == 2


async def test_subscriber_waits_for_the_next_one():
    hub = SubscriptionHub(history=10)
    waiting = asyncio.create_task(anext(hub.subscribe(after=None, capacity=5)))
    await asyncio.sleep(0)
    hub.publish(a_commit(1))
    assert (await waiting).version == 1


async def test_returning_subscriber_catches_up():
    hub = SubscriptionHub(history=10)
    for number in (1, 2, 3):
        hub.publish(a_commit(number))
    subscription = hub.subscribe(after="purse-p1@1", capacity=5)
    hub.publish(a_commit(4))
    assert [(await anext(subscription)).version for _ in range(3)] == [2, 3, 4]


async def test_position_that_is_forgotten_is_told():
    hub = SubscriptionHub(history=2)
    for number in (1, 2, 3):
        hub.publish(a_commit(number))
    with pytest.raises(PositionUnknown):
        hub.subscribe(after="purse-p1@1", capacity=5)


async def test_slow_subscriber_is_cut_off_and_the_others_are_not():
    hub = SubscriptionHub(history=10)
    slow, quick = hub.subscribe(after=None, capacity=2), hub.subscribe(after=None, capacity=5)
    for number in (1, 2, 3):
        hub.publish(a_commit(number))
    with pytest.raises(SubscriptionLost) as caught:
        await anext(slow)
    assert caught.value.reason is LossReason.TOO_SLOW
    assert [(await anext(quick)).version for _ in range(3)] == [1, 2, 3]
    assert len(hub) == 1


async def test_gap_reaches_everybody_and_forgets_history():
    hub = SubscriptionHub(history=10)
    hub.publish(a_commit(1))
    subscription = hub.subscribe(after=None, capacity=5)
    hub.cut_all_off(LossReason.GAP)
    with pytest.raises(SubscriptionLost) as caught:
        await anext(subscription)
    assert caught.value.reason is LossReason.GAP
    with pytest.raises(PositionUnknown):
        hub.subscribe(after="purse-p1@1", capacity=5)


async def test_left_subscription_receives_no_more():
    hub = SubscriptionHub(history=10)
    with hub.subscribe(after=None, capacity=5) as subscription:
        assert len(hub) == 1
    hub.publish(a_commit(1))
    with pytest.raises(SubscriptionLost):
        await anext(subscription)
    assert len(hub) == 0
