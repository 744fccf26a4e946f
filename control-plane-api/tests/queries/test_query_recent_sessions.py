"""What a live stream begins with is bounded, however many sessions ended within the hour."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from control_plane_api.application.rows import Rows
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS, Stamp
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.testing.builders import a_session, now_stamp
from lcm_core.application.context import CommandContext
from lcm_core.clock import SystemClock
from lcm_core.domain.enums import SessionOutcome
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.eventstore.collections import Document, ensure_indexes
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.testing.mongo_server import MongoServer

ENDED = ("first", "second", "third")
NOON = now_stamp().at


@pytest.fixture
async def sessions(mongo: MongoServer) -> AsyncIterator[Rows[LabletSessionReadModel]]:
    """Three that ended, a minute apart."""
    async with AsyncMongoClient[Document](mongo.uri) as client:
        db = client[f"test_{uuid4().hex}"]
        await ensure_indexes(db, [aggregate.collection for aggregate in AGGREGATES])
        units = MongoUnitOfWorkFactory(db, EVENTS)
        for minute, id in enumerate(ENDED):
            at = NOON + timedelta(minutes=minute)
            session = a_session(id=id)
            session.terminate(SessionOutcome.CANCELLED, "asked for", Stamp(at, "ada"), capacity_released=True)
            unit = units(CommandContext(actor="test", correlation_id="c", at=at))
            unit.add(session)
            await unit.commit()
        yield mongo_read_side(db, SystemClock()).sessions


async def test_the_newest_of_those_since_an_instant_are_read_first(sessions: Rows[LabletSessionReadModel]) -> None:
    rows = await sessions.since("status_changed_at", instant_text(NOON), 2, status="TERMINATED")
    assert [row.id for row in rows] == ["third", "second"]


async def test_none_before_the_instant_is_read(sessions: Rows[LabletSessionReadModel]) -> None:
    since = instant_text(NOON + timedelta(minutes=2))
    rows = await sessions.since("status_changed_at", since, 10, status="TERMINATED")
    assert [row.id for row in rows] == ["third"]
