from __future__ import annotations

import asyncio

import pytest
from pymongo import ASCENDING

from lcm_core.domain.errors import DuplicateDocument, NotFound, RuleViolation, StaleLeader, VersionConflict
from lcm_core.eventstore.audit import verify_streams
from lcm_core.eventstore.collections import Database, ensure_indexes
from lcm_core.eventstore.state_keeper import StateKeeper
from lcm_core.eventstore.unit_of_work import MongoUnitOfWork, MongoUnitOfWorkFactory
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse
from lcm_core.testing.ledger_store import LedgerStore, a_context

CROWD = 30


async def test_commit_writes_log_state_and_outbox_together(store: LedgerStore):
    commit = await store.open("p1", coins=3)

    stored = await store.db.events.find_one({"_id": "purse-p1@1"})
    state = await store.db.purses.find_one({"_id": "p1"})
    entries = await store.db.outbox.find({"stream": "purse-p1"}).to_list()
    assert stored == commit.to_document()
    assert state is not None
    assert (state["version"], state["head_hash"], state["coins"]) == (1, commit.hash, 3)
    assert entries == [{"_id": "purse-p1@1", "stream": "purse-p1", "version": 1}]


async def test_metadata_says_who_and_why(store: LedgerStore):
    unit = store.unit(actor="op", correlation_id="c9", causation_id="e1", traceparent="00-1-2-01", reason="by hand")
    unit.add(Purse.open("p1", "ada", a_context().metadata().at))
    (commit,) = await unit.commit()
    metadata = commit.metadata
    assert (metadata.actor, metadata.correlation_id, metadata.causation_id) == ("op", "c9", "e1")
    assert (metadata.traceparent, metadata.reason) == ("00-1-2-01", "by hand")


async def test_commits_of_a_stream_are_chained(store: LedgerStore):
    first = await store.open("p1")
    second = await store.fill("p1", 1)
    assert (second.version, second.prev_hash) == (2, first.hash)


async def test_commit_without_a_published_event_is_not_in_the_outbox(store: LedgerStore):
    await store.open("p1")
    unit = store.unit()
    (await unit.load(Purse, "p1")).note("private")
    await unit.commit()
    assert await store.db.outbox.find_one({"stream": "purse-p1", "version": 2}) is None


async def test_several_aggregates_are_committed_as_one(store: LedgerStore):
    await store.open("rich", coins=5)
    await store.open("poor")
    unit = store.unit()
    rich, poor = await unit.load_many(Purse, ["rich", "poor"])
    rich.take(5)
    poor.fill(5)
    commits = await unit.commit()
    assert [commit.stream for commit in commits] == ["purse-rich", "purse-poor"]


async def test_conflict_on_one_aggregate_writes_none(store: LedgerStore):
    await store.open("rich", coins=5)
    await store.open("poor")
    unit = store.unit()
    rich, poor = await unit.load_many(Purse, ["rich", "poor"])
    await store.fill("poor", 1)
    rich.take(5)
    poor.fill(5)
    with pytest.raises(VersionConflict) as caught:
        await unit.commit()
    assert caught.value.stream == "purse-poor"
    assert await store.db.events.find_one({"_id": "purse-rich@2"}) is None
    assert (await store.unit().load(Purse, "rich")).state.coins == 5


async def test_opening_what_exists_is_a_conflict(store: LedgerStore):
    await store.open("p1")
    with pytest.raises(VersionConflict) as caught:
        await store.open("p1")
    assert caught.value.expected == 0


async def test_state_that_moved_without_log_is_a_conflict(store: LedgerStore):
    """The guard on the document is a second line of defence behind the id of the commit."""
    await store.open("p1")
    unit = store.unit()
    (await unit.load(Purse, "p1")).fill(1)
    await store.db.purses.update_one({"_id": "p1"}, {"$set": {"version": 7}})
    with pytest.raises(VersionConflict):
        await unit.commit()
    assert await store.db.events.find_one({"_id": "purse-p1@2"}) is None


async def test_unique_index_of_a_collection_is_no_version_conflict(store: LedgerStore):
    await store.db.purses.create_index([("owner", ASCENDING)], unique=True)
    await store.open("p1")
    with pytest.raises(DuplicateDocument) as caught:
        await store.open("p2")
    assert (caught.value.collection, caught.value.index) == ("purses", "owner")


async def test_what_was_written_past_the_log_is_read_when_the_kept_states_are_cleared(db: Database):
    keeper = StateKeeper()
    factory = MongoUnitOfWorkFactory(db, LEDGER_EVENTS, keeper=keeper)
    await LedgerStore(db).open("p1", coins=3)
    await factory(a_context()).load(Purse, "p1")
    await db.purses.update_one({"_id": "p1"}, {"$set": {"coins": 4}})
    kept = (await factory(a_context()).load(Purse, "p1")).state.coins
    keeper.clear()
    assert (kept, (await factory(a_context()).load(Purse, "p1")).state.coins) == (3, 4)


async def test_loading_what_is_not_there(store: LedgerStore):
    with pytest.raises(NotFound, match="no purse 'p1'"):
        await store.unit().load(Purse, "p1")


async def test_finding_what_is_not_there(store: LedgerStore):
    assert await store.unit().find(Purse, "p1") is None


async def test_loading_many_names_the_missing_one(store: LedgerStore):
    await store.open("p1")
    with pytest.raises(NotFound, match="'p2'"):
        await store.unit().load_many(Purse, ["p1", "p2"])


async def test_loading_twice_gives_the_same_object(store: LedgerStore):
    await store.open("p1")
    unit = store.unit()
    assert await unit.load(Purse, "p1") is await unit.load(Purse, "p1")


async def test_unit_without_changes_writes_nothing(store: LedgerStore):
    await store.open("p1")
    unit = store.unit()
    await unit.load(Purse, "p1")
    assert await unit.commit() == ()


async def test_many_are_committed_as_one(store: LedgerStore):
    await store.open("old", coins=1)
    commits = await (await _a_crowd(store)).commit()
    assert len(commits) == CROWD + 1
    assert await store.db.events.count_documents({}) == CROWD + 2
    assert await store.db.purses.count_documents({}) == CROWD + 1
    assert await store.db.outbox.count_documents({}) == CROWD + 2
    assert (await verify_streams(store.db, LEDGER_EVENTS, [Purse])).findings == []


@pytest.mark.parametrize("stream", ["old", "p7"])
async def test_conflict_on_one_of_many_writes_none(store: LedgerStore, stream: str):
    await store.open("old", coins=1)
    unit = await _a_crowd(store)
    await (store.fill("old", 1) if stream == "old" else store.open("p7"))
    with pytest.raises(VersionConflict) as caught:
        await unit.commit()
    assert caught.value.stream == f"purse-{stream}"
    assert await store.db.events.find_one({"_id": "purse-p1@1"}) is None


async def test_state_that_moved_without_log_is_a_conflict_among_many(store: LedgerStore):
    await store.open("old", coins=1)
    unit = await _a_crowd(store)
    await store.db.purses.update_one({"_id": "old"}, {"$set": {"version": 7}})
    with pytest.raises(VersionConflict):
        await unit.commit()
    assert await store.db.events.find_one({"_id": "purse-p1@1"}) is None


async def test_one_of_many_that_was_handled_before_is_named(store: LedgerStore):
    await store.open("old", coins=1)
    await store.db.inbound.insert_one({"_id": "e3"})
    await store.db.create_collection("handled")
    unit = await _a_crowd(store)
    for number in range(5):
        unit.attach("inbound", {"_id": f"e{number}"})
        unit.attach("handled", {"_id": f"e{number}"}, upsert=True)
    await store.fill("old", 1)
    with pytest.raises(DuplicateDocument) as caught:
        await unit.commit()
    assert (caught.value.collection, caught.value.id, caught.value.index) == ("inbound", "e3", "_id_")
    assert await store.db.handled.find_one({}) is None


async def test_unique_index_is_named_for_one_of_many(store: LedgerStore):
    await store.open("old", coins=1)
    await store.db.purses.create_index([("owner", ASCENDING)], unique=True)
    unit = await _a_crowd(store, owner="ada")
    with pytest.raises(DuplicateDocument) as caught:
        await unit.commit()
    assert (caught.value.collection, caught.value.index) == ("purses", "owner")


async def _a_crowd(store: LedgerStore, owner: str | None = None) -> MongoUnitOfWork:
    """So many new purses that they are not written in one bulk, and a coin for an old one."""
    unit = store.unit()
    for number in range(CROWD):
        unit.add(Purse.open(f"p{number}", owner or f"owner-{number}", a_context().metadata().at))
    (await unit.load(Purse, "old")).fill(1)
    return unit


async def test_abandoned_unit_writes_nothing(store: LedgerStore):
    await store.open("p1", coins=1)
    purse = await store.unit().load(Purse, "p1")
    purse.fill(1)
    with pytest.raises(RuleViolation):
        purse.take(9)
    assert (await store.unit().load(Purse, "p1")).version == 1


async def test_attached_document_is_written_with_the_commit(store: LedgerStore):
    unit = store.unit()
    unit.add(Purse.open("p1", "ada", a_context().metadata().at))
    unit.attach("inbound_events", {"_id": "lds/1", "what": "seen"})
    await unit.commit()
    assert await store.unit().holds("inbound_events", "lds/1")


async def test_attached_duplicate_refuses_the_whole_unit(store: LedgerStore):
    await store.db.inbound_events.insert_one({"_id": "lds/1"})
    unit = store.unit()
    unit.add(Purse.open("p1", "ada", a_context().metadata().at))
    unit.attach("inbound_events", {"_id": "lds/1"})
    with pytest.raises(DuplicateDocument) as caught:
        await unit.commit()
    assert (caught.value.collection, caught.value.id) == ("inbound_events", "lds/1")
    assert await store.unit().find(Purse, "p1") is None


async def test_attached_upsert_replaces(store: LedgerStore):
    for value in (1, 2):
        unit = store.unit()
        unit.attach("decisions", {"_id": "d1", "value": value}, upsert=True)
        await unit.commit()
    assert await store.db.decisions.find_one({"_id": "d1"}) == {"_id": "d1", "value": 2}


async def test_attached_document_alone_can_be_committed(store: LedgerStore):
    unit = store.unit()
    unit.attach("inbound_events", {"_id": "lds/1"})
    assert await unit.commit() == ()
    assert await store.unit().holds("inbound_events", "lds/1")


async def test_one_unit_can_commit_again(store: LedgerStore):
    unit = store.unit()
    purse = Purse.open("p1", "ada", a_context().metadata().at)
    unit.add(purse)
    await unit.commit()
    purse.fill(1)
    await unit.commit()
    assert (await store.unit().load(Purse, "p1")).version == 2


async def test_of_concurrent_commits_exactly_one_wins(store: LedgerStore):
    await store.open("p1")
    units = [store.unit() for _ in range(12)]
    for unit in units:
        (await unit.load(Purse, "p1")).fill(1)
    outcomes = await asyncio.gather(*(unit.commit() for unit in units), return_exceptions=True)
    lost = [outcome for outcome in outcomes if isinstance(outcome, VersionConflict)]
    assert (len(lost), (await store.unit().load(Purse, "p1")).state.coins) == (11, 1)


class _NewestWins:
    """A fence that remembers the newest epoch in one document, as simple as a fence can be."""

    def __init__(self, db: Database) -> None:
        self._epochs = db.leader_epochs

    async def admit(self, service: str, epoch: int) -> None:
        await self._epochs.update_one({"_id": service}, {"$max": {"epoch": epoch}}, upsert=True)

    async def verify(self, service: str, epoch: int, session: object) -> None:
        stored = await self._epochs.find_one({"_id": service}, session=session)  # pyright: ignore[reportArgumentType]
        if stored is None or stored["epoch"] != epoch:
            raise StaleLeader(service, epoch, stored["epoch"] if stored else 0)


async def test_replaced_leader_writes_nothing(db: Database):
    factory = MongoUnitOfWorkFactory(db, LEDGER_EVENTS, fence=_NewestWins(db))
    for id, epoch in (("p1", 4), ("p2", 9)):
        unit = factory(a_context(leader_service="worker-controller", leader_epoch=epoch))
        unit.add(Purse.open(id, "ada", a_context().metadata().at))
        await unit.commit()
    late = factory(a_context(leader_service="worker-controller", leader_epoch=4))
    (await late.load(Purse, "p1")).fill(1)
    with pytest.raises(StaleLeader):
        await late.commit()
    assert await db.events.find_one({"_id": "purse-p1@2"}) is None


async def test_epoch_of_the_leader_stands_in_the_commit(db: Database):
    factory = MongoUnitOfWorkFactory(db, LEDGER_EVENTS, fence=_NewestWins(db))
    unit = factory(a_context(leader_service="worker-controller", leader_epoch=4))
    unit.add(Purse.open("p1", "ada", a_context().metadata().at))
    (commit,) = await unit.commit()
    assert (commit.metadata.leader_service, commit.metadata.leader_epoch) == ("worker-controller", 4)


async def test_indexes_can_be_ensured_again_and_at_once(db: Database):
    await asyncio.gather(*(ensure_indexes(db) for _ in range(3)))
    assert "in_order" in await db.outbox.index_information()


async def _stages(db: Database, find: object) -> set[str]:
    plan = (await find.explain())["queryPlanner"]["winningPlan"]  # type: ignore[attr-defined]
    stages: set[str] = set()
    while plan is not None:
        stages.add(plan["stage"])
        plan = plan.get("inputStage")
    return stages


async def test_queries_on_the_hot_path_use_an_index(store: LedgerStore):
    await store.open("p1", coins=3)
    db = store.db
    queries = [
        db.purses.find({"_id": "p1"}),
        db.purses.find({"_id": {"$in": ["p1", "p2"]}}),
        db.events.find({"_id": {"$in": ["purse-p1@1", "purse-p1@2"]}}),
        db.outbox.find({"stream": "purse-p1"}).sort([("version", 1)]).limit(100),
    ]
    for query in queries:
        assert "COLLSCAN" not in await _stages(db, query)
