from __future__ import annotations

from collections.abc import Sequence

import pytest

from lcm_core.eventstore import rebuild as rebuild_module
from lcm_core.eventstore.audit import verify_streams
from lcm_core.eventstore.audit_report import FindingKind
from lcm_core.eventstore.collections import REBUILD_CHECKPOINTS, Database, Document
from lcm_core.eventstore.progress import Step
from lcm_core.eventstore.rebuild import CollectionReport, rebuild_projections
from lcm_core.eventstore.stream_reader import IDS_PER_READ, StreamHead, read_documents
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore


async def rebuild(db: Database, *, fresh: bool = False) -> CollectionReport:
    (report,) = await rebuild_projections(db, LEDGER_EVENTS, [Purse], fresh=fresh)
    return report


async def states(db: Database) -> dict[str, Document]:
    return {document["_id"]: document async for document in db.purses.find({})}


@pytest.fixture
async def history(store: LedgerStore) -> Database:
    for id in ("a", "b", "c"):
        await store.open(id, coins=1)
        await store.fill(id, 2)
    return store.db


async def test_lost_collection_comes_back_as_it_was(history: Database):
    before = await states(history)
    await history.purses.delete_many({})
    report = await rebuild(history)
    assert (await states(history), report.rewritten) == (before, 3)


async def test_damaged_document_is_put_right_and_the_others_left_alone(history: Database):
    before = await states(history)
    await history.purses.update_one({"_id": "b"}, {"$set": {"coins": 99, "version": 1}})
    report = await rebuild(history)
    assert (await states(history), report.rewritten) == (before, 1)


async def test_forged_version_does_not_protect_a_document(history: Database):
    before = await states(history)
    await history.purses.update_one({"_id": "b"}, {"$set": {"coins": 99, "version": 1_000_000_000}})
    await rebuild(history)
    assert await states(history) == before


async def test_document_without_log_is_removed(history: Database):
    await history.purses.insert_one({"_id": "ghost", "version": 1})
    report = await rebuild(history)
    assert (report.removed, "ghost" in await states(history)) == (1, False)


async def test_tampered_stream_is_reported_and_its_document_left_alone(history: Database):
    await history.events.update_one({"_id": "purse-b@1"}, {"$set": {"events.1.data.coins": 99}})
    before = await states(history)
    report = await rebuild(history)
    assert {finding.kind for finding in report.failures} == {FindingKind.CHANGED_COMMIT}
    assert await states(history) == before


async def test_interrupted_run_goes_on_where_it_was(history: Database):
    await history[REBUILD_CHECKPOINTS].insert_one({"_id": "purses", "after": "purse-a"})
    await history.purses.delete_many({})
    report = await rebuild(history)
    assert (report.resumed_after, sorted(await states(history))) == ("purse-a", ["b", "c"])


async def test_finished_run_leaves_no_checkpoint(history: Database):
    await rebuild(history)
    assert (await rebuild(history)).resumed_after is None


async def test_crash_leaves_a_checkpoint_behind_each_group(store: LedgerStore):
    class PowerCut(Exception): ...

    def cut(step: Step) -> None:
        raise PowerCut

    await store.open("a")
    with pytest.raises(PowerCut):
        await rebuild_projections(store.db, LEDGER_EVENTS, [Purse], cut)
    checkpoint = await store.db[REBUILD_CHECKPOINTS].find_one({"_id": "purses"})
    assert checkpoint is not None
    assert checkpoint["after"] == "purse-a"


async def test_fresh_run_ignores_the_checkpoint(history: Database):
    await history[REBUILD_CHECKPOINTS].insert_one({"_id": "purses", "after": "purse-c"})
    await history.purses.delete_many({})
    report = await rebuild(history, fresh=True)
    assert (report.resumed_after, report.rewritten) == (None, 3)


async def test_command_during_the_rebuild_wins(store: LedgerStore, monkeypatch: pytest.MonkeyPatch):
    """The rebuild has read a stream when a command moves it on: the newer document stays."""
    await store.open("a", coins=1)
    await store.db.purses.update_one({"_id": "a"}, {"$set": {"owner": "mallory"}})
    filled: list[str] = []

    async def read_then_fill(db: Database, heads: Sequence[StreamHead]) -> dict[str, dict[int, Document]]:
        documents = await read_documents(db, heads)
        if not filled:
            await store.db.purses.update_one({"_id": "a"}, {"$set": {"owner": "ada"}})
            filled.append((await store.fill("a", 5)).id)
        return documents

    monkeypatch.setattr(rebuild_module, "read_documents", read_then_fill)
    await rebuild(store.db)
    purse = await store.unit().load(Purse, "a")
    assert (purse.version, purse.state.coins) == (2, 6)


async def test_long_stream_is_read_in_parts(store: LedgerStore):
    await store.open("long")
    for _ in range(IDS_PER_READ + 5):
        await store.fill("long", 1)
    await store.db.purses.delete_many({})
    await rebuild(store.db)
    assert (await verify_streams(store.db, LEDGER_EVENTS, [Purse])).clean


async def test_a_fresh_run_goes_on_at_its_own_checkpoint_and_at_no_other(history: Database):
    for run, after in (("this", "purse-b"), ("another", None)):
        checkpoint = {"_id": "purses", "after": "purse-b", "run": run}
        await history[REBUILD_CHECKPOINTS].replace_one({"_id": "purses"}, checkpoint, upsert=True)
        (report,) = await rebuild_projections(history, LEDGER_EVENTS, [Purse], fresh=True, run="this")
        assert report.resumed_after == after
