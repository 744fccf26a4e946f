"""Watches tell every event once, whatever happens to etcd."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import pytest

from lcm_core.coordination import EtcdClient, WatchBatch, WatchEventKind, WatchResync
from lcm_core.coordination.etcd_watch import WatchTiming
from lcm_core.testing.etcd_server import EtcdServer

PREFIX = "/watched/"


class Follower:
    """Collects what a watch tells, until told to stop."""

    def __init__(self, client: EtcdClient, start_revision: int | None) -> None:
        self._client = client
        self._start_revision = start_revision
        self.told: list[WatchBatch | WatchResync] = []
        self._changed = asyncio.Event()

    async def run(self) -> None:
        async with aclosing(self._client.watch_prefix(PREFIX, self._start_revision)) as changes:
            async for change in changes:
                self.told.append(change)
                self._changed.set()

    @property
    def values(self) -> list[str]:
        return [
            event.kv.text
            for change in self.told
            if isinstance(change, WatchBatch)
            for event in change.events
            if event.kind is WatchEventKind.PUT
        ]

    @property
    def resyncs(self) -> list[WatchResync]:
        return [change for change in self.told if isinstance(change, WatchResync)]

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture
async def client(own_etcd: EtcdServer) -> AsyncGenerator[EtcdClient]:
    timing = WatchTiming(heartbeat_seconds=0.5)
    async with EtcdClient([own_etcd.endpoint], watch_timing=timing) as running:
        yield running


@pytest.fixture
async def follow() -> AsyncGenerator[Callable[[EtcdClient, int | None], Follower]]:
    tasks: list[asyncio.Task[None]] = []

    def start(client: EtcdClient, start_revision: int | None = None) -> Follower:
        follower = Follower(client, start_revision)
        tasks.append(asyncio.create_task(follower.run()))
        return follower

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


Follow = Callable[..., Follower]


async def _put(client: EtcdClient, first: int, last: int) -> None:
    for number in range(first, last):
        await client.put(f"{PREFIX}{number % 7}", str(number))


async def test_it_begins_with_all_there_is(client: EtcdClient, follow: Follow) -> None:
    await client.put(f"{PREFIX}a", "1")
    follower = follow(client)
    await follower.until(lambda: bool(follower.told))
    assert [kv.text for kv in follower.resyncs[0].items] == ["1"]


async def test_it_goes_on_from_a_revision(client: EtcdClient, follow: Follow) -> None:
    await client.put(f"{PREFIX}a", "1")
    revision = await client.put(f"{PREFIX}a", "2")
    await client.put(f"{PREFIX}a", "3")
    follower = follow(client, revision)
    await follower.until(lambda: len(follower.values) == 2)
    assert follower.values == ["2", "3"]


async def test_it_tells_deletions(client: EtcdClient, follow: Follow) -> None:
    revision = await client.put(f"{PREFIX}a", "1")
    await client.delete(f"{PREFIX}a")
    follower = follow(client, revision)
    await follower.until(lambda: bool(follower.told) and len(follower.told[-1].events) > 0)  # type: ignore[union-attr]
    events = [event for change in follower.told if isinstance(change, WatchBatch) for event in change.events]
    assert (events[-1].kind, events[-1].kv.key) == (WatchEventKind.DELETE, f"{PREFIX}a")


async def test_nothing_is_lost_or_told_twice_over_killed_and_restarted_servers(
    own_etcd: EtcdServer, client: EtcdClient, follow: Follow
) -> None:
    follower = follow(client, 1)
    total = 0
    for _ in range(3):
        await _put(client, total, total + 40)
        own_etcd.kill()
        await own_etcd.restart()
        await _put(client, total + 40, total + 60)
        total += 60
    await follower.until(lambda: len(follower.values) >= total)
    assert follower.values == [str(number) for number in range(total)]
    assert follower.resyncs == []


async def test_events_written_while_it_was_away_are_told(
    own_etcd: EtcdServer, client: EtcdClient, follow: Follow
) -> None:
    follower = follow(client, 1)
    await _put(client, 0, 5)
    await follower.until(lambda: len(follower.values) == 5)
    own_etcd.kill()
    await own_etcd.restart()
    async with EtcdClient([own_etcd.endpoint]) as another:
        await _put(another, 5, 10)
    await follower.until(lambda: len(follower.values) == 10)
    assert follower.values == [str(number) for number in range(10)]


async def test_after_compaction_it_tells_all_there_is_and_goes_on(client: EtcdClient, follow: Follow) -> None:
    await _put(client, 0, 20)
    revision = await client.put(f"{PREFIX}last", "here")
    await client.compact(revision)
    follower = follow(client, 2)
    await follower.until(lambda: bool(follower.resyncs))
    await client.put(f"{PREFIX}more", "after")
    await follower.until(lambda: "after" in follower.values)
    assert len(follower.resyncs) == 1
    assert {kv.key: kv.text for kv in follower.resyncs[0].items}[f"{PREFIX}last"] == "here"
    assert follower.values == ["after"]


async def test_a_server_that_lost_its_data_is_noticed(own_etcd: EtcdServer, client: EtcdClient, follow: Follow) -> None:
    await _put(client, 0, 20)
    follower = follow(client)
    await follower.until(lambda: bool(follower.resyncs))
    own_etcd.kill()
    own_etcd.wipe()
    await own_etcd.restart()
    await follower.until(lambda: len(follower.resyncs) == 2)
    assert follower.resyncs[1].items == ()
    await client.put(f"{PREFIX}a", "anew")
    await follower.until(lambda: "anew" in follower.values)


async def test_a_frozen_server_is_noticed_and_nothing_is_lost(
    own_etcd: EtcdServer, client: EtcdClient, follow: Follow, caplog: pytest.LogCaptureFixture
) -> None:
    follower = follow(client, 1)
    await _put(client, 0, 5)
    await follower.until(lambda: len(follower.values) == 5)
    reopened = asyncio.Event()
    open_stream = client.open_watch_stream
    client.open_watch_stream = lambda: (reopened.set(), open_stream())[1]  # type: ignore[method-assign]
    own_etcd.pause()
    try:
        await asyncio.wait_for(reopened.wait(), 10)
    finally:
        own_etcd.resume()
    await _put(client, 5, 10)
    await follower.until(lambda: len(follower.values) == 10)
    assert follower.values == [str(number) for number in range(10)]


async def _put_elsewhere(client: EtcdClient) -> None:
    for number in range(10):
        await client.put("/elsewhere", str(number))


async def test_an_idle_prefix_is_not_reread_after_compaction(client: EtcdClient, follow: Follow) -> None:
    follower = follow(client)
    await follower.until(lambda: bool(follower.resyncs))
    await _put_elsewhere(client)
    revision = await client.put("/elsewhere", "last")
    await asyncio.sleep(1.5)  # the server notifies progress once a second
    await client.compact(revision)
    await client.put(f"{PREFIX}a", "1")
    await follower.until(lambda: follower.values == ["1"])
    assert len(follower.resyncs) == 1
