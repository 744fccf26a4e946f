from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from structlog.testing import capture_logs

from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.outbox import OutboxDispatcher, OutboxPolicy
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.eventstore.stream_queue import StreamQueue
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.mongo_server import MongoServer

QUICK = OutboxPolicy(first_pause_seconds=0.01, longest_pause_seconds=0.05, sweep_seconds=60)


class Receiver:
    """Takes rows, except those of streams that it refuses as often as told."""

    def __init__(self, refusals: dict[str, int] | None = None) -> None:
        self.refusals = refusals or {}
        self.taken: list[str] = []
        self._changed = asyncio.Condition()

    async def __call__(self, rows: Sequence[OutboxRow]) -> None:
        (stream,) = {row.stream for row in rows}
        if self.refusals.get(stream, 0):
            self.refusals[stream] -= 1
            raise ConnectionError("receiver is away")
        async with self._changed:
            self.taken += [row.id for row in rows]
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20), self._changed:
            await self._changed.wait_for(condition)


@asynccontextmanager
async def running(dispatcher: OutboxDispatcher) -> AsyncGenerator[OutboxDispatcher]:
    task = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _until_empty(db: Database) -> None:
    async with asyncio.timeout(20):
        while await db.outbox.find_one({}) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_rows_of_a_stream_are_delivered_in_order_and_then_gone(store: LedgerStore):
    await store.open("a", coins=1)
    for _ in range(12):
        await store.fill("a", 1, 2)
    receiver = Receiver()
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, OutboxPolicy(batch=5))):
        await _until_empty(store.db)
    expected = [f"purse-a@{version}#{index}" for version in range(1, 14) for index in (0, 1)]
    assert receiver.taken == expected


async def test_a_stream_with_very_much_hides_no_other(store: LedgerStore):
    for id in ("a", "b", "c"):
        await store.open(id, coins=1)
        for _ in range(6):
            await store.fill(id, 1, 2)
    receiver = Receiver()
    dispatcher = OutboxDispatcher(
        store.db, receiver, LEDGER_EVENTS.publishes, OutboxPolicy(batch=4, sweep_seconds=3600)
    )
    async with running(dispatcher):
        await _until_empty(store.db)
    for id in ("a", "b", "c"):
        delivered = [row for row in receiver.taken if row.startswith(f"purse-{id}@")]
        assert delivered == [f"purse-{id}@{version}#{index}" for version in range(1, 8) for index in (0, 1)]


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The streams of each read of the outbox, as they come."""
    asked: list[list[str]] = []
    find = AsyncCollection[Document].find

    def noted(self: AsyncCollection[Document], wanted: Any, *args: Any, **kwargs: Any) -> Any:
        if "stream" in wanted:
            asked.append(list(wanted["stream"]["$in"]))
        return find(self, wanted, *args, **kwargs)

    monkeypatch.setattr(AsyncCollection, "find", noted)
    return asked


async def test_streams_that_wait_together_are_read_together(store: LedgerStore, asked_for: list[list[str]]):
    await store.open("swept")
    receiver = Receiver()
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        await receiver.until(lambda: len(receiver.taken) == 1)
        await _until_empty(store.db)
        dispatcher.after_commit([await store.open(f"p{number}") for number in range(40)])
        await receiver.until(lambda: len(receiver.taken) == 41)
    assert len(asked_for) <= 4
    assert sum(map(len, asked_for)) == 41


async def test_commit_that_is_told_of_twice_is_looked_at_once(store: LedgerStore, asked_for: list[list[str]]):
    await store.open("swept")
    receiver = Receiver()
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        await receiver.until(lambda: len(receiver.taken) == 1)
        await _until_empty(store.db)
        first = await store.open("a")
        dispatcher.after_commit([first])
        await _until_empty(store.db)
        second = await store.open("b")
        dispatcher.after_commit([first, second])
        await _until_empty(store.db)
        dispatcher.after_commit([first, await store.fill("a", 1)])
        await receiver.until(lambda: len(receiver.taken) == 4)
    assert asked_for[1:] == [["purse-a"], ["purse-b"], ["purse-a"]]


async def test_first_commit_of_a_stream_is_delivered_as_it_was_made(store: LedgerStore, asked_for: list[list[str]]):
    told: list[OutboxRow] = []

    async def keep(rows: Sequence[OutboxRow]) -> None:
        told.extend(rows)

    await store.open("swept")
    async with running(OutboxDispatcher(store.db, keep, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        await _until_empty(store.db)
        told.clear()
        made = await store.open("a", coins=1)
        asked_for.clear()
        dispatcher.just_made([made])
        await _until_empty(store.db)
    assert told == OutboxRow.of_commit(made, LEDGER_EVENTS.publishes)
    assert [row.id for row in told] == ["purse-a@1#0", "purse-a@1#1"]
    assert asked_for == []


async def test_what_comes_right_behind_all_that_was_delivered_is_not_read(
    store: LedgerStore, asked_for: list[list[str]]
):
    await store.open("swept")
    receiver = Receiver()
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        await _until_empty(store.db)
        asked_for.clear()
        dispatcher.just_made([await store.open("a")])
        await _until_empty(store.db)
        dispatcher.just_made([await store.fill("a", 1), await store.fill("a", 2)])
        await _until_empty(store.db)
    assert receiver.taken[1:] == ["purse-a@1#0", "purse-a@2#0", "purse-a@3#0"]
    assert asked_for == []


async def test_what_others_committed_before_is_read_and_delivered_before(store: LedgerStore):
    receiver = Receiver()
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        dispatcher.just_made([await store.open("a")])
        await _until_empty(store.db)
        await store.fill("a", 1)
        dispatcher.just_made([await store.fill("a", 2)])
        await _until_empty(store.db)
    assert receiver.taken == ["purse-a@1#0", "purse-a@2#0", "purse-a@3#0"]


async def test_what_others_committed_behind_it_is_read_and_delivered_behind(store: LedgerStore):
    receiver = Receiver()
    dispatcher = OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)
    dispatcher.just_made([await store.open("a")])
    dispatcher.after_commit([await store.fill("a", 1)])
    async with running(dispatcher):
        await _until_empty(store.db)
    assert receiver.taken == ["purse-a@1#0", "purse-a@2#0"]


async def test_event_that_does_not_leave_is_not_handed_over(store: LedgerStore):
    receiver = Receiver()
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        dispatcher.just_made([await store.open("a")])
        await _until_empty(store.db)
        unit = store.unit()
        (await unit.load(Purse, "a")).note("private")
        dispatcher.just_made(await unit.commit())
        dispatcher.just_made([await store.fill("a", 1)])
        await _until_empty(store.db)
    assert receiver.taken == ["purse-a@1#0", "purse-a@3#0"]


async def test_commit_that_the_log_has_lost_is_told_and_holds_up_its_stream_alone(
    store: LedgerStore,
):
    await store.open("lost")
    await store.db.events.delete_one({"_id": "purse-lost@1"})
    await store.open("good")
    receiver = Receiver()
    with capture_logs() as logged:
        async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)):
            await receiver.until(lambda: receiver.taken == ["purse-good@1#0"])
            async with asyncio.timeout(20):
                while not logged:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert {entry["stream"] for entry in logged if "purse-lost@1" in entry["error"]} == {"purse-lost"}
    assert await store.db.outbox.find_one({"_id": "purse-lost@1"}) is not None


async def test_first_commit_with_others_behind_it_is_delivered_before_them(store: LedgerStore):
    receiver = Receiver()
    dispatcher = OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)
    dispatcher.just_made([await store.open("a"), await store.fill("a", 1)])
    async with running(dispatcher):
        await _until_empty(store.db)
    assert receiver.taken == ["purse-a@1#0", "purse-a@2#0"]


async def test_first_commit_that_was_found_by_the_sweep_is_not_delivered_again_as_it_was_made(store: LedgerStore):
    receiver = Receiver()
    made = await store.open("a")
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        await _until_empty(store.db)
        dispatcher.just_made([made])
        dispatcher.just_made([await store.open("b")])
        await receiver.until(lambda: "purse-b@1#0" in receiver.taken)
        await _until_empty(store.db)
    assert receiver.taken == ["purse-a@1#0", "purse-b@1#0"]


async def test_first_commit_that_is_refused_is_read_again(store: LedgerStore):
    receiver = Receiver({"purse-a": 2})
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        dispatcher.just_made([await store.open("a")])
        await _until_empty(store.db)
    assert receiver.taken == ["purse-a@1#0"]


async def test_telling_waits_for_those_who_are_answered_first_and_not_for_ever(store: LedgerStore):
    way = asyncio.Event()
    receiver = Receiver()
    policy = OutboxPolicy(give_way_seconds=3600)
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, policy, way)) as dispatcher:
        dispatcher.after_commit([await store.open("a")])
        await asyncio.sleep(0.05)
        before = list(receiver.taken)
        way.set()
        await _until_empty(store.db)
    way.clear()
    policy = OutboxPolicy(give_way_seconds=0.05)
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, policy, way)) as dispatcher:
        dispatcher.after_commit([await store.open("b")])
        await _until_empty(store.db)
    assert (before, receiver.taken) == ([], ["purse-a@1#0", "purse-b@1#0"])


async def test_row_says_what_happened_and_on_whose_behalf(store: LedgerStore):
    commit = await store.open("a")
    kept: list[OutboxRow] = []

    async def keep(rows: Sequence[OutboxRow]) -> None:
        kept.extend(rows)

    async with running(OutboxDispatcher(store.db, keep, LEDGER_EVENTS.publishes)):
        await _until_empty(store.db)
    (row,) = kept
    assert (row.id, row.type, row.data["owner"]) == ("purse-a@1#0", "purse.opened.v1", "ada")
    assert (row.metadata, row.created_at) == (commit.metadata, commit.at)


async def test_wake_up_delivers_without_waiting_for_the_sweep(store: LedgerStore):
    receiver = Receiver()
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        await store.open("first")
        dispatcher.wake(["purse-first"])
        await receiver.until(lambda: len(receiver.taken) == 1)
        commit = await store.open("second")
        dispatcher.after_commit([commit])
        await receiver.until(lambda: len(receiver.taken) == 2)


async def test_refused_stream_is_tried_again_in_order(store: LedgerStore):
    await store.open("a")
    await store.fill("a", 1)
    receiver = Receiver({"purse-a": 3})
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)):
        await receiver.until(lambda: len(receiver.taken) == 2)
    assert receiver.taken == ["purse-a@1#0", "purse-a@2#0"]


async def test_refused_stream_holds_up_no_other(store: LedgerStore):
    for id in ("bad", "good"):
        await store.open(id)
    receiver = Receiver({"purse-bad": 1_000_000})
    async with running(OutboxDispatcher(store.db, receiver, LEDGER_EVENTS.publishes, QUICK)):
        await receiver.until(lambda: receiver.taken == ["purse-good@1#0"])
    assert await store.db.outbox.find_one({"stream": "purse-bad"}) is not None


async def test_receiver_that_hangs_is_given_up(store: LedgerStore):
    await store.open("a")
    calls = 0
    delivered = asyncio.Event()

    async def hang_once(rows: Sequence[OutboxRow]) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await asyncio.Event().wait()
        delivered.set()

    policy = OutboxPolicy(deliver_timeout_seconds=0.05, first_pause_seconds=0.01)
    async with running(OutboxDispatcher(store.db, hang_once, LEDGER_EVENTS.publishes, policy)), asyncio.timeout(20):
        await delivered.wait()


async def test_nothing_is_lost_when_the_server_is_killed(own_server: MongoServer, own_db: Database):
    store = LedgerStore(own_db)
    receiver = Receiver()
    async with running(OutboxDispatcher(own_db, receiver, LEDGER_EVENTS.publishes, QUICK)) as dispatcher:
        for number in range(30):
            dispatcher.after_commit([await store.open(f"p{number}")])
            if number == 15:
                await own_server.restart_hard()
        async with asyncio.timeout(30):
            await _until_empty(own_db)
    assert sorted(set(receiver.taken)) == sorted(f"purse-p{number}@1#0" for number in range(30))


async def test_queue_holds_a_stream_once():
    queue = StreamQueue()
    queue.add("a")
    queue.add("a")
    assert (await queue.take(), len(queue)) == ("a", 1)


async def test_stream_added_while_running_runs_again():
    queue = StreamQueue()
    queue.add("a")
    stream = await queue.take()
    queue.add("a")
    queue.finish(stream, None)
    assert await queue.take() == "a"


async def test_resting_stream_is_not_taken_early():
    queue = StreamQueue()
    queue.add("a")
    queue.finish(await queue.take(), 0.05)
    queue.add("a")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await queue.take()
    assert await queue.take() == "a"
