"""How long a browser stays logged in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient
from pymongo.asynchronous.collection import AsyncCollection

from control_plane_api.application.identity import Browser, LoggedIn
from control_plane_api.integration.identity.web_sessions import MongoWebSessions
from lcm_core.auth import Principal, Role
from lcm_core.eventstore.collections import Document
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.mongo_server import MongoServer

ADA = LoggedIn(Principal("ada", "lcm-ui", frozenset({Role.VIEWER}), "Ada"), None)
MINUTE = timedelta(minutes=1).total_seconds()


@dataclass
class Place:
    sessions: MongoWebSessions
    clock: ManualClock
    documents: AsyncCollection[Document]

    async def log_in(self) -> str:
        key, _ = await self.sessions.begin(ADA, Browser("127.0.0.1", "a browser"))
        return key

    async def is_live_after(self, key: str, minutes: float, *, is_used: bool = True) -> bool:
        self.clock.advance(minutes * MINUTE)
        return await self.sessions.find(key, is_used=is_used) is not None


@pytest.fixture
async def place(mongo: MongoServer) -> AsyncIterator[Place]:
    clock = ManualClock()
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    async with client:
        database = client[f"test_{uuid4().hex[:12]}"]
        sessions = MongoWebSessions(database, session_hours=8, idle_minutes=60, clock=clock)
        yield Place(sessions, clock, database["web_sessions"])
        await client.drop_database(database.name)


async def test_a_session_that_is_not_used_ends(place: Place) -> None:
    key = await place.log_in()
    assert await place.is_live_after(key, 59)
    assert not await place.is_live_after(key, 61)


async def test_a_session_of_an_earlier_release_has_ended(place: Place) -> None:
    key = await place.log_in()
    await place.documents.update_many({}, {"$unset": {"live": "", "idle_until": "", "last_seen_at": ""}})
    assert not await place.is_live_after(key, 1)


async def test_a_session_that_is_used_goes_on_until_its_absolute_end(place: Place) -> None:
    key = await place.log_in()
    used = [await place.is_live_after(key, 50) for _ in range(9)]
    assert all(used)
    assert not await place.is_live_after(key, 31)


async def test_a_page_that_only_stays_open_does_not_keep_a_session_alive(place: Place) -> None:
    key = await place.log_in()
    looked_at = [await place.is_live_after(key, 10, is_used=False) for _ in range(7)]
    assert looked_at == [True] * 5 + [False] * 2


async def test_a_session_that_was_idle_too_long_is_not_listed(place: Place) -> None:
    await place.log_in()
    place.clock.advance(61 * MINUTE)
    assert await place.sessions.live_of("ada") == []
