from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, cast
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.read_side import whole_documents
from control_plane_api.application.rows import Rows
from control_plane_api.domain.entities import AGGREGATES, Reconciler, read_model_of
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.integration.repositories.worker_rows import WORKER_METRICS
from control_plane_api.testing.builders import a_session, a_worker, now_stamp
from lcm_core.application.context import CommandContext
from lcm_core.clock import SystemClock
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit
from lcm_core.domain.json_form import to_json_form
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerMetrics
from lcm_core.domain.read_models.operations import ReconcilerReadModel
from lcm_core.eventstore.collections import Database, Document, ensure_indexes
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.testing.mongo_server import MongoServer


@pytest.fixture
async def db(mongo: MongoServer) -> AsyncIterator[Database]:
    async with AsyncMongoClient[Document](mongo.uri) as client:
        database = client[f"test_{uuid4().hex}"]
        await ensure_indexes(database, [aggregate.collection for aggregate in AGGREGATES])
        yield database


class Counted:
    """*rows*, and what was read of them."""

    def __init__(self, rows: Rows[Any]) -> None:
        self._rows = rows
        self.read: list[str] = []

    async def by_ids(self, ids: Sequence[str]) -> list[Any]:
        self.read += ids
        return await self._rows.by_ids(ids)


class World:
    def __init__(self, db: Database) -> None:
        read = mongo_read_side(db, SystemClock())
        self.sessions, self.workers = Counted(read.sessions), Counted(read.workers)
        rows = {"lablet_session": self.sessions, "cml_worker": self.workers}
        self.latest = LatestRows(cast("dict[str, Rows[Any]]", rows), whole_documents(), {"cml_worker": read.workers})
        self._here = MongoUnitOfWorkFactory(db, EVENTS, written=self.latest.keep)
        self._elsewhere = MongoUnitOfWorkFactory(db, EVENTS)

    async def commit(self, aggregate: AnyAggregate, *, here: bool = True) -> Commit:
        context = CommandContext(actor="test", correlation_id="c", at=now_stamp().at)
        unit = (self._here if here else self._elsewhere)(context)
        unit.add(aggregate)
        (commit,) = await unit.commit()
        return commit


async def test_what_was_committed_here_is_not_read_back(db: Database) -> None:
    world = World(db)
    session = a_session()
    await world.commit(session)
    row = await world.latest.find("lablet_session", session.id, 1)
    assert row == read_model_of(session, LabletSessionReadModel)
    session.hold("decision", "no worker yet", now_stamp())
    await world.commit(session)
    assert await world.latest.find("lablet_session", session.id, 2) == read_model_of(session, LabletSessionReadModel)
    assert world.sessions.read == []


async def test_what_another_process_made_of_it_is_read(db: Database) -> None:
    world = World(db)
    session = a_session()
    await world.commit(session)
    session.hold("decision", "no worker yet", now_stamp())
    await world.commit(session, here=False)
    row = await world.latest.find("lablet_session", session.id, 2)
    assert row == read_model_of(session, LabletSessionReadModel)
    assert world.sessions.read == [session.id]


async def test_a_row_that_is_more_than_its_document_is_completed_with_what_is_kept_beside_it(db: Database) -> None:
    world = World(db)
    worker = a_worker()
    await world.commit(worker)
    bare = await world.latest.find("cml_worker", worker.id, 1)
    metrics = WorkerMetrics(observed_at=now_stamp().at, cpu_percent=12.5)
    await db[WORKER_METRICS].insert_one({"_id": worker.id, "metrics": to_json_form(metrics)})
    measured = await world.latest.find("cml_worker", worker.id, 1)
    assert isinstance(bare, CMLWorkerReadModel)
    assert isinstance(measured, CMLWorkerReadModel)
    assert (bare.metrics, measured.metrics) == (None, metrics)
    assert world.workers.read == []
    assert await world.workers.by_ids([worker.id]) == [measured]


async def test_all_that_are_to_be_completed_are_completed_together(db: Database) -> None:
    world = World(db)
    workers = [a_worker(id=f"w{number}") for number in range(3)]
    for worker in workers:
        await world.commit(worker)
    found = await world.latest.find_all([("cml_worker", worker.id, 1) for worker in workers])
    assert [row.id for row in found if row is not None] == ["w0", "w1", "w2"]


async def test_what_is_no_more_and_what_has_no_rows_is_none(db: Database) -> None:
    world = World(db)
    assert await world.latest.find("lablet_session", "nobody", 1) is None
    assert await world.latest.find("system_settings", "policy", 1) is None


async def test_what_others_commit_follows_from_the_row_before_without_a_read(db: Database) -> None:
    world = World(db)
    session = a_session()
    world.latest.follow([await world.commit(session, here=False)])
    assert await world.latest.find("lablet_session", session.id, 1) == read_model_of(session, LabletSessionReadModel)
    session.hold("decision", "no worker yet", now_stamp())
    await world.commit(session)
    session.hold("decision-2", "still none", now_stamp())
    world.latest.follow([await world.commit(session, here=False)])
    row = await world.latest.find("lablet_session", session.id, 3)
    assert world.sessions.read == []
    assert [row] == await world.sessions.by_ids([session.id])


async def test_a_row_whose_commits_were_not_all_seen_is_read(db: Database) -> None:
    world = World(db)
    session = a_session()
    world.latest.follow([await world.commit(session, here=False)])
    session.hold("decision", "no worker yet", now_stamp())
    await world.commit(session, here=False)
    session.hold("decision-2", "still none", now_stamp())
    world.latest.follow([await world.commit(session, here=False)])
    assert await world.latest.find("lablet_session", session.id, 3) == read_model_of(session, LabletSessionReadModel)
    assert world.sessions.read == [session.id]


async def test_after_a_gap_nothing_follows_from_what_was_known(db: Database) -> None:
    world = World(db)
    session = a_session()
    world.latest.follow([await world.commit(session, here=False)])
    world.latest.forget()
    session.hold("decision", "no worker yet", now_stamp())
    world.latest.follow([await world.commit(session, here=False)])
    await world.latest.find("lablet_session", session.id, 2)
    assert world.sessions.read == [session.id]


async def test_a_commit_that_this_release_cannot_read_leaves_its_row_to_the_database(db: Database) -> None:
    world = World(db)
    session = a_session()
    commit = await world.commit(session, here=False)
    later = commit.events[0].model_copy(update={"type": "lablet_session.invented.v1"})
    world.latest.follow([commit.model_copy(update={"events": (later,)})])
    assert await world.latest.find("lablet_session", session.id, 1) == read_model_of(session, LabletSessionReadModel)
    assert world.sessions.read == [session.id]


async def test_a_row_that_followed_stays_as_it_was_when_the_next_one_follows(db: Database) -> None:
    world = World(db)
    reconciler = Reconciler("resource-scheduler")
    reconciler.pause("a look at it", now_stamp())
    world.latest.follow([await world.commit(reconciler, here=False)])
    first = await world.latest.find("reconciler", reconciler.id, 1)
    assert first == read_model_of(reconciler, ReconcilerReadModel)
    reconciler.resume("looked", now_stamp())
    world.latest.follow([await world.commit(reconciler, here=False)])
    assert await world.latest.find("reconciler", reconciler.id, 2) == read_model_of(reconciler, ReconcilerReadModel)
    assert isinstance(first, ReconcilerReadModel)
    assert first.pause is not None
