"""A worker's load over time, on the real store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from control_plane_api.application.queries.get_worker_metrics_query import (
    GetWorkerMetricsQuery,
    GetWorkerMetricsQueryHandler,
)
from control_plane_api.domain.metric_history import HistoryPolicy
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.integration.repositories.indexes import ensure_read_indexes
from control_plane_api.integration.repositories.metric_history import MOST_ROWS, MongoMetricHistory
from lcm_core.domain.errors import InvalidInput, NotFound
from lcm_core.domain.read_models import WorkerMetrics, WorkerMetricSeries
from lcm_core.eventstore.collections import Database, Document
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.mongo_server import MongoServer

START = datetime(2030, 1, 1, 9, tzinfo=UTC)


class Kept:
    def __init__(self, db: Database) -> None:
        self.db = db
        self.clock = ManualClock(START)
        self.history = MongoMetricHistory(db, HistoryPolicy())
        self._handler = GetWorkerMetricsQueryHandler(self.history, mongo_read_side(db, self.clock).workers, self.clock)

    async def observe(self, *, minutes: float = 0, **figures: Any) -> None:
        at = START + timedelta(minutes=minutes)
        await self.history.append("w-1", WorkerMetrics(observed_at=at, **figures))

    async def ask(self, **changes: Any) -> WorkerMetricSeries:
        return await self._handler.handle(GetWorkerMetricsQuery("w-1", **changes))

    async def documents(self) -> list[Document]:
        return await self.db["worker_metric_history"].find().to_list()


@pytest.fixture
async def kept(mongo: MongoServer) -> AsyncIterator[Kept]:
    async with AsyncMongoClient[Document](mongo.uri) as client:
        database = client[f"test_{uuid4().hex[:12]}"]
        await ensure_read_indexes(database)
        yield Kept(database)
        await client.drop_database(database.name)


async def test_each_observation_is_shown_while_it_is_kept_singly(kept: Kept) -> None:
    for minute in range(3):
        await kept.observe(minutes=minute, cpu_percent=10.0 * minute, labs=minute)
    kept.clock.advance(600)
    found = await kept.ask(step=60)
    assert [at.minute for at in found.at] == [0, 1, 2]
    assert {each.name: each.mean for each in found.series} == {"cpu_percent": (0, 10, 20), "labs": (0, 1, 2)}
    assert found.resolution_seconds == 0


async def test_later_it_is_shown_in_coarser_steps_with_mean_and_peak(kept: Kept) -> None:
    for minute, cpu in ((0, 10.0), (1, 30.0), (61, 50.0)):
        await kept.observe(minutes=minute, cpu_percent=cpu)
    for days, resolution in ((2, 300), (30, 3600)):
        kept.clock.advance(days * 86_400)
        found = await kept.ask(start=START, end=START + timedelta(hours=2), step=60)
        assert found.resolution_seconds == resolution
        assert [(each.name, each.mean, each.peak) for each in found.series] == [("cpu_percent", (20, 50), (30, 50))]


async def test_an_observation_that_is_told_twice_or_late_counts_once(kept: Kept) -> None:
    for minute in (0, 1, 1, 0):
        await kept.observe(minutes=minute, cpu_percent=10.0 + minute)
    kept.clock.advance(600)
    for step in (60, 300):
        (cpu,) = (await kept.ask(step=step)).series
        assert cpu.mean == ((10, 11) if step == 60 else (10.5,))


async def test_figures_that_a_source_did_not_give_are_gaps_and_not_zero(kept: Kept) -> None:
    await kept.observe(minutes=0, cpu_percent=5.0)
    await kept.observe(minutes=1, labs=2)
    await kept.observe(minutes=2)
    kept.clock.advance(600)
    found = await kept.ask(step=60)
    assert {each.name: each.mean for each in found.series} == {"cpu_percent": (5, None), "labs": (None, 2)}


async def test_a_document_never_grows_beyond_its_bound(kept: Kept) -> None:
    await kept.observe(cpu_percent=1.0)
    raw = kept.db["worker_metric_history"]
    [made] = await raw.find({"tier": "raw"}).to_list()
    full = {"rows": made["rows"] * (MOST_ROWS - 1), "count": MOST_ROWS - 1}
    await raw.update_one({"_id": made["_id"]}, {"$set": full})
    for tenth in range(1, 4):
        await kept.observe(minutes=tenth / 15, cpu_percent=1.0)
    singly = [each for each in await kept.documents() if each["tier"] == "raw"]
    assert [len(each["rows"]) for each in singly] == [MOST_ROWS]


async def test_every_document_says_when_it_may_go(kept: Kept) -> None:
    await kept.observe(cpu_percent=1.0)
    gone = {each["tier"]: each["expires_at"].replace(tzinfo=UTC) - START for each in await kept.documents()}
    assert gone["raw"] == timedelta(hours=7)
    assert timedelta(days=7) < gone["5min"] <= timedelta(days=7, hours=6)
    assert timedelta(weeks=12) < gone["hour"] <= timedelta(weeks=12, days=3)
    indexes = (await kept.db["worker_metric_history"].index_information()).values()
    assert [each["expireAfterSeconds"] for each in indexes if each["key"] == [("expires_at", 1)]] == [0]


async def test_a_worker_that_never_was_is_not_found(kept: Kept) -> None:
    with pytest.raises(NotFound):
        await kept.ask()


async def test_a_span_that_ends_before_it_begins_is_refused(kept: Kept) -> None:
    with pytest.raises(InvalidInput):
        await kept.ask(start=START, end=START - timedelta(hours=1))
