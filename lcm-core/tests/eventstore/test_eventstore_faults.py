"""What happens when the database conflicts, drops connections, or dies in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pymongo.errors import BulkWriteError

from lcm_core.domain.errors import CommitOutcomeUnknown, StoreUnavailable, VersionConflict
from lcm_core.eventstore.audit import verify_streams
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import only_duplicates
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore
from lcm_core.testing.mongo_server import MongoServer


@asynccontextmanager
async def failing(db: Database, commands: list[str], times: int, **how: Any) -> AsyncGenerator[None]:
    """The next *times* of *commands* fail."""
    data = {"failCommands": commands, **how}
    await db.client.admin.command({"configureFailPoint": "failCommand", "mode": {"times": times}, "data": data})
    try:
        yield
    finally:
        await db.client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


async def test_transient_error_is_tried_again(store: LedgerStore):
    how = {"errorCode": 251, "errorLabels": ["TransientTransactionError"]}
    async with failing(store.db, ["bulkWrite"], 3, **how):
        await store.open("p1")
    assert (await store.unit().load(Purse, "p1")).version == 1


async def test_lost_connection_before_the_commit_is_tried_again(store: LedgerStore):
    async with failing(store.db, ["bulkWrite"], 2, closeConnection=True):
        await store.open("p1")
    assert (await store.unit().load(Purse, "p1")).version == 1


async def test_lost_answer_of_the_commit_commits_once(store: LedgerStore):
    # Twice, because the driver itself repeats a commit once.
    async with failing(store.db, ["commitTransaction"], 2, closeConnection=True):
        await store.open("p1", coins=3)
    assert (await store.unit().load(Purse, "p1")).state.coins == 3
    assert (await verify_streams(store.db, LEDGER_EVENTS, [Purse])).clean


async def test_commit_that_succeeded_without_an_answer_is_recognised(store: LedgerStore):
    """The server commits, but says that it does not know: our own commit must not look like a conflict."""
    await store.open("p1")
    how = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
    async with failing(store.db, ["commitTransaction"], 2, **how):
        await store.fill("p1", 3)
    assert (await store.unit().load(Purse, "p1")).state.coins == 3


async def test_write_conflict_is_a_version_conflict(store: LedgerStore):
    await store.open("p1")
    unit = store.unit()
    (await unit.load(Purse, "p1")).fill(1)
    async with store.db.client.start_session() as session:
        await session.start_transaction()
        await store.db.purses.update_one({"_id": "p1"}, {"$set": {"owner": "eve"}}, session=session)
        with pytest.raises(VersionConflict):
            await unit.commit()
        await session.abort_transaction()


async def test_database_that_stays_away_is_named_in_time(own_server: MongoServer, own_db: Database):
    store = LedgerStore(own_db, deadline_seconds=1.0)
    unit = store.unit()
    unit.add(Purse.open("p1", "ada", datetime.now(UTC)))
    own_server.kill()
    async with asyncio.timeout(8):
        with pytest.raises(StoreUnavailable) as caught:
            await unit.commit()
    assert not isinstance(caught.value, CommitOutcomeUnknown)


async def test_frozen_database_does_not_hang_the_commit(own_server: MongoServer, own_db: Database):
    store = LedgerStore(own_db, deadline_seconds=1.0)
    await store.open("p1")
    unit = store.unit()
    (await unit.load(Purse, "p1")).fill(1)
    own_server.freeze()
    try:
        async with asyncio.timeout(15):
            with pytest.raises(StoreUnavailable):
                await unit.commit()
    finally:
        own_server.thaw()


async def test_killed_server_loses_no_acknowledged_commit(own_server: MongoServer, own_db: Database):
    store = LedgerStore(own_db)
    acknowledged: dict[str, int] = {}

    async def fill_without_end(id: str) -> None:
        await store.open(id)
        acknowledged[id] = 1
        while True:
            acknowledged[id] = (await store.fill(id, 1)).version

    fillers = [asyncio.create_task(fill_without_end(f"p{number}")) for number in range(4)]
    try:
        for _ in range(2):
            before = sum(acknowledged.values())
            await _until(lambda before=before: sum(acknowledged.values()) > before + 40)
            await own_server.restart_hard()
        before = sum(acknowledged.values())
        await _until(lambda: sum(acknowledged.values()) > before + 20)
    finally:
        for filler in fillers:
            filler.cancel()
        outcomes = await asyncio.gather(*fillers, return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, asyncio.CancelledError)] == []

    report = await verify_streams(own_db, LEDGER_EVENTS, [Purse])
    assert report.findings == []
    for id, version in acknowledged.items():
        purse = await store.unit().load(Purse, id)
        # The last commit may have been made although its filler was stopped before hearing of it.
        assert version <= purse.version <= version + 1
        assert purse.state.coins == purse.version - 1


async def _until(condition: Any) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - the condition is another task's progress
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("details", "harmless"),
    [
        ({"writeErrors": [{"code": 11000}]}, True),
        ({"writeErrors": [{"code": 11000}, {"code": 121}]}, False),
        ({"writeErrors": [{"code": 11000}], "writeConcernErrors": [{"code": 64}]}, False),
        ({"writeErrors": [], "writeConcernErrors": [{"code": 64}]}, False),
    ],
    ids=["there already", "refused", "not confirmed besides", "not confirmed"],
)
def test_only_what_is_there_already_may_be_refused(details: dict[str, object], harmless: bool) -> None:
    assert only_duplicates(BulkWriteError(details)) is harmless
