"""What the pools are told from is read at once, however many there are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient, monitoring

from control_plane_api.application.services.warm_pools import WarmPools
from control_plane_api.domain.entities import WarmPool
from control_plane_api.domain.identities import warm_pool_id
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.testing.builders import Recorder, a_definition, now_stamp
from lcm_core.clock import SystemClock
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.warm_pool import WarmPoolPolicy
from lcm_core.eventstore.collections import Database, Document
from lcm_core.testing.mongo_server import MongoServer

NAME = a_definition().state.name


class Reads(monitoring.CommandListener):
    """The collections that were read, one for each query."""

    def __init__(self) -> None:
        self.collections: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command_name in ("find", "aggregate"):
            self.collections.append(event.command[event.command_name])

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
async def db(mongo: MongoServer, reads: Reads) -> AsyncIterator[Database]:
    async with AsyncMongoClient[Document](mongo.uri, event_listeners=[reads]) as client:
        name = f"test_{uuid4().hex[:12]}"
        yield client[name]
        await client.drop_database(name)


@pytest.fixture
def pools(db: Database) -> WarmPools:
    read = mongo_read_side(db, SystemClock())
    return WarmPools(read.warm_pools, read.definitions, read.workers, read.sessions, read.warm_starts, SystemClock())


async def keep_pools(db: Database, *names: str) -> None:
    kept = [WarmPool.create(warm_pool_id(name), name, WarmPoolPolicy(depth=1), "exams", now_stamp()) for name in names]
    await Recorder(db).commit(*kept)


async def begin(db: Database, name: str, days_ago: float, *, hit: bool, why: str | None = None) -> None:
    at = instant_text(datetime.now(UTC) - timedelta(days=days_ago))
    start = {"definition_name": name, "at": at, "hit": hit, "saved_seconds": 2.5 if hit else 0.0, "why": why}
    await db["warm_starts"].insert_one({"_id": uuid4().hex, **start})


async def test_ten_pools_take_as_many_queries_as_one(db: Database, pools: WarmPools, reads: Reads) -> None:
    await keep_pools(db, "pool-0")
    reads.collections.clear()
    await pools.reports()
    await pools.overview()
    of_one = list(reads.collections)
    await keep_pools(db, *(f"pool-{number}" for number in range(1, 10)))
    reads.collections.clear()
    assert len(await pools.reports()) == 10
    assert len((await pools.overview()).pools) == 10
    assert reads.collections == of_one


async def test_each_pool_is_told_its_own_version_and_its_own_starts(db: Database, pools: WarmPools) -> None:
    await Recorder(db).commit(a_definition())
    await keep_pools(db, NAME, "another")
    await begin(db, NAME, 1, hit=True)
    await begin(db, NAME, 2, hit=True)
    await begin(db, NAME, 8, hit=True)
    await begin(db, "another", 1, hit=False, why="none on its worker")
    await begin(db, "has no pool any more", 1, hit=False, why="none on its worker")
    another, own = await pools.reports()
    assert (own.wanted_version, own.measures.hits, own.measures.misses, own.measures.saved_seconds) == (
        "1.0.0",
        2,
        0,
        5,
    )
    assert (another.wanted_version, another.measures.hits, another.measures.misses) == (None, 0, 1)
    assert another.measures.misses_by_reason == {"none on its worker": 1}


async def test_one_pool_alone_is_told_the_same_as_among_others(db: Database, pools: WarmPools) -> None:
    await Recorder(db).commit(a_definition())
    await keep_pools(db, NAME, "another")
    await begin(db, NAME, 1, hit=True)
    await begin(db, "another", 1, hit=True)
    since = {"measures": {"since"}}
    (own,) = await pools.reports(NAME)
    among_others = {each.pool.definition_name: each for each in await pools.reports()}
    assert own.model_dump(exclude=since) == among_others[NAME].model_dump(exclude=since)
    assert await pools.reports("nobody-heard-of-it") == []
