from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import AsyncMongoClient

from control_plane_api.application.paging import PageRequest, Position
from control_plane_api.integration.repositories.newest_first import newest_first, windows
from lcm_core.domain.errors import InvalidInput
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Document
from lcm_core.testing.mongo_server import MongoServer

NOW = datetime(2030, 6, 1, tzinfo=UTC)


@pytest.fixture
async def rows(mongo: MongoServer) -> AsyncIterator[Any]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    async with client:
        name = f"test_{uuid4().hex[:12]}"
        yield client[name]["rows"]
        await client.drop_database(name)


async def pages(rows: Any, limit: int, **equality: Any) -> list[str]:
    """Ids of all rows, gathered page by page."""
    seen: list[str] = []
    position: Position | None = None
    while True:
        found = await newest_first(rows, equality, PageRequest(limit, position), now=NOW)
        seen += [row["_id"] for row in found[:limit]]
        if len(found) <= limit:
            return seen
        last = found[limit - 1]
        position = Position(last["created_at"], last["_id"])


async def test_rows_of_one_instant_are_neither_lost_nor_repeated(rows: Any) -> None:
    at = instant_text(NOW - timedelta(days=3))
    await rows.insert_many([{"_id": f"row-{number:02}", "created_at": at} for number in range(23)])
    assert await pages(rows, 5) == [f"row-{number:02}" for number in reversed(range(23))]


async def test_rows_far_apart_are_all_found_newest_first(rows: Any) -> None:
    ages = [timedelta(seconds=1), timedelta(hours=2), timedelta(days=40), timedelta(days=900), timedelta(days=3000)]
    await rows.insert_many(
        [{"_id": str(number), "created_at": instant_text(NOW - age)} for number, age in enumerate(ages)]
    )
    assert await pages(rows, 2) == ["0", "1", "2", "3", "4"]


async def test_the_filter_holds_on_every_page(rows: Any) -> None:
    at = [instant_text(NOW - timedelta(minutes=number)) for number in range(20)]
    await rows.insert_many(
        [{"_id": str(number), "created_at": when, "odd": bool(number % 2)} for number, when in enumerate(at)]
    )
    assert await pages(rows, 3, odd=True) == [str(number) for number in range(1, 20, 2)]


async def test_an_empty_list_has_one_empty_page(rows: Any) -> None:
    assert await pages(rows, 10) == []


@given(st.datetimes(min_value=datetime(2020, 1, 2), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_windows_are_adjacent_and_reach_the_beginning(newest: datetime) -> None:
    found = list(windows(newest))
    assert found[0][1] == instant_text(newest)
    assert found[-1][0] == "2020-01-01T00:00:00.000000Z"
    assert all(later[0] == earlier[1] for later, earlier in pairwise(found))
    assert len(found) < 15


@given(st.text(), st.text())
def test_a_cursor_brings_back_its_position(at: str, id: str) -> None:
    assert Position.from_cursor(Position(at, id).to_cursor()) == Position(at, id)


@given(st.text())
def test_anything_else_is_refused_as_cursor(text: str) -> None:
    try:
        position = Position.from_cursor(text)
    except InvalidInput:
        return
    assert Position.from_cursor(position.to_cursor()) == position
