from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from lcm_core.domain.commit import Commit
from lcm_core.eventstore.change_feed import ChangeFeed
from lcm_core.eventstore.collections import FEED_POSITIONS, Database
from lcm_core.eventstore.subscription import LossReason, SubscriptionLost
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.mongo_server import MongoServer


class Listener:
    """Remembers what it saw; fails as often as told."""

    def __init__(self, name: str = "listener", failures: int = 0) -> None:
        self.name = name
        self.failures = failures
        self.seen: list[str] = []
        self.gaps = 0
        self._changed = asyncio.Condition()

    async def handle(self, commits: Sequence[Commit]) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the far end is away")
        async with self._changed:
            self.seen += [commit.id for commit in commits]
            self._changed.notify_all()

    async def on_gap(self) -> None:
        async with self._changed:
            self.gaps += 1
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(condition)


@asynccontextmanager
async def running(feed: ChangeFeed) -> AsyncGenerator[ChangeFeed]:
    task = asyncio.create_task(feed.run())
    try:
        async with asyncio.timeout(20):
            await feed.wait_connected()
        yield feed
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _until_saved(db: Database, consumer: str) -> None:
    async with asyncio.timeout(20):
        while await db[FEED_POSITIONS].find_one({"_id": consumer}) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_handler_sees_each_stream_in_order(store: LedgerStore):
    listener = Listener()
    async with running(ChangeFeed(store.db, "test", [listener])):
        for id in ("a", "b"):
            await store.open(id)
            await store.fill(id, 1)
        await listener.until(lambda: len(listener.seen) == 4)
    assert [id for id in listener.seen if id.startswith("purse-a")] == ["purse-a@1", "purse-a@2"]


async def test_first_start_is_a_gap(store: LedgerStore):
    listener = Listener()
    async with running(ChangeFeed(store.db, "test", [listener])):
        await listener.until(lambda: listener.gaps == 1)


async def test_restart_goes_on_behind_the_stored_position(store: LedgerStore):
    first, second = Listener(), Listener()
    async with running(ChangeFeed(store.db, "test", [first], save_seconds=0.01)):
        await store.open("a")
        await first.until(lambda: "purse-a@1" in first.seen)
        await _until_saved(store.db, "test")
    await store.open("b")
    async with running(ChangeFeed(store.db, "test", [second])):
        await second.until(lambda: "purse-b@1" in second.seen)
    assert second.gaps == 0


async def test_unhandled_commit_comes_again_after_a_restart(store: LedgerStore):
    broken, mended = Listener(failures=10_000), Listener()
    async with running(ChangeFeed(store.db, "test", [Listener()], save_seconds=0.01)):
        await store.open("a")
        await _until_saved(store.db, "test")
    async with running(ChangeFeed(store.db, "test", [broken], save_seconds=0.01)) as feed:
        with feed.subscribe() as subscription:
            await store.open("b")
            await anext(subscription)
    async with running(ChangeFeed(store.db, "test", [mended])):
        await mended.until(lambda: "purse-b@1" in mended.seen)


async def test_failing_handler_holds_up_nobody_and_is_tried_again(store: LedgerStore):
    failing, quick = Listener("failing", failures=2), Listener("quick")
    async with running(ChangeFeed(store.db, "test", [failing, quick])) as feed:
        with feed.subscribe() as subscription:
            await store.open("a")
            assert (await anext(subscription)).id == "purse-a@1"
        await quick.until(lambda: quick.seen == ["purse-a@1"])
        await failing.until(lambda: failing.seen == ["purse-a@1"])


async def test_handler_that_falls_behind_is_told_to_compare(store: LedgerStore):
    stuck = asyncio.Event()

    class Stuck(Listener):
        async def handle(self, commits: Sequence[Commit]) -> None:
            await stuck.wait()
            await super().handle(commits)

    listener = Stuck()
    async with running(ChangeFeed(store.db, "test", [listener], handler_capacity=3)) as feed:
        await listener.until(lambda: listener.gaps == 1)
        with feed.subscribe() as subscription:
            await store.open("a")
            for _ in range(6):
                await store.fill("a", 1)
            for _ in range(7):
                await anext(subscription)
        stuck.set()
        await listener.until(lambda: listener.gaps == 2)


async def test_stopped_feed_lets_its_subscribers_know(store: LedgerStore):
    async with running(ChangeFeed(store.db, "test")) as feed:
        subscription = feed.subscribe()
    with pytest.raises(SubscriptionLost) as caught:
        await anext(subscription)
    assert caught.value.reason is LossReason.CLOSED


async def test_token_that_leads_nowhere_is_a_gap(store: LedgerStore):
    await store.db[FEED_POSITIONS].insert_one({"_id": "test", "token": {"_data": "nonsense"}})
    listener = Listener()
    async with running(ChangeFeed(store.db, "test", [listener])):
        await listener.until(lambda: listener.gaps == 1)
        await store.open("a")
        await listener.until(lambda: listener.seen == ["purse-a@1"])


async def test_lost_history_is_a_gap_for_handlers_and_subscribers(store: LedgerStore):
    listener = Listener()
    async with running(ChangeFeed(store.db, "test", [listener])) as feed:
        await listener.until(lambda: listener.gaps == 1)
        subscription = feed.subscribe()
        how: Any = {"failCommands": ["getMore"], "errorCode": 286, "closeConnection": False}
        await store.db.client.admin.command({"configureFailPoint": "failCommand", "mode": {"times": 1}, "data": how})
        async with asyncio.timeout(20):
            with pytest.raises(SubscriptionLost) as caught:
                await anext(subscription)
        await listener.until(lambda: listener.gaps == 2)
        assert caught.value.reason is LossReason.GAP
        await store.open("a")
        await listener.until(lambda: listener.seen == ["purse-a@1"])


async def test_feed_survives_a_killed_server_without_loss(own_server: MongoServer, own_db: Database):
    store = LedgerStore(own_db)
    listener = Listener()
    async with running(ChangeFeed(own_db, "test", [listener])):
        await store.open("a")
        for _ in range(2):
            for _ in range(15):
                await store.fill("a", 1)
            await own_server.restart_hard()
        last = await store.fill("a", 1)
        await listener.until(lambda: last.id in listener.seen)
    assert listener.gaps == 1
    seen = Counter(listener.seen)
    assert [id for id in (f"purse-a@{version}" for version in range(1, 33)) if id not in seen] == []
