from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, cast
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import AsyncMongoClient

from control_plane_api.application.listings import Listing, Order
from control_plane_api.application.paging import PageRequest, Position
from control_plane_api.integration.repositories.pages_by_time import PageReader, windows, windows_forward
from lcm_core.domain.errors import InvalidInput, StoreUnavailable
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Document
from lcm_core.testing.mongo_server import MongoServer

NOW = datetime(2030, 6, 1, tzinfo=UTC)
LISTING = Listing("rows", {"odd": "odd"}, {"created_at": "created_at"}, {"created_at": ()}, {})
NEWEST, OLDEST = LISTING.order("-created_at"), LISTING.order("created_at")


@pytest.fixture
async def rows(mongo: MongoServer) -> AsyncIterator[Any]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    async with client:
        name = f"test_{uuid4().hex[:12]}"
        yield client[name]["rows"]
        await client.drop_database(name)


async def pages(rows: Any, limit: int, order: Order = NEWEST, **equality: Any) -> list[str]:
    """Ids of all rows, gathered page by page."""
    seen: list[str] = []
    position: Position | None = None
    while True:
        found = await PageReader(rows, LISTING, equality, order, NOW).page(PageRequest(limit, position))
        seen += [row["_id"] for row in found.documents]
        if found.next is None:
            return seen
        position = Position.from_cursor(found.next.to_cursor())


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


async def test_the_oldest_come_first_when_that_is_asked_for(rows: Any) -> None:
    ages = [timedelta(seconds=1), timedelta(hours=2), timedelta(hours=2), timedelta(days=900), timedelta(days=3000)]
    await rows.insert_many(
        [{"_id": str(number), "created_at": instant_text(NOW - age)} for number, age in enumerate(ages)]
    )
    assert await pages(rows, 2, OLDEST) == ["4", "3", "1", "2", "0"]


async def test_a_total_counts_the_rows_that_match_on_all_pages(rows: Any) -> None:
    at = [instant_text(NOW - timedelta(days=number)) for number in range(30)]
    await rows.insert_many(
        [{"_id": str(number), "created_at": when, "odd": bool(number % 3)} for number, when in enumerate(at)]
    )
    reader = PageReader(rows, LISTING, {"odd": True}, NEWEST, NOW)
    assert (await reader.page(PageRequest(2, total=True))).total == 20
    assert (await reader.page(PageRequest(2))).total is None


async def test_an_empty_list_has_one_empty_page(rows: Any) -> None:
    assert await pages(rows, 10) == []


@given(st.datetimes(min_value=datetime(2020, 1, 2), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_windows_are_adjacent_and_reach_the_beginning(newest: datetime) -> None:
    found = list(windows(newest))
    assert found[0][1] == instant_text(newest)
    assert found[-1][0] == "2020-01-01T00:00:00.000000Z"
    assert all(later[0] == earlier[1] for later, earlier in pairwise(found))
    assert len(found) < 15


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.text(),
    st.text(),
)
def test_a_cursor_brings_back_its_position(at: datetime, id: str, order: str) -> None:
    position = Position(instant_text(at), id, order)
    assert Position.from_cursor(position.to_cursor(), order) == position


def test_the_cursor_of_one_order_is_refused_in_another() -> None:
    cursor = Position(instant_text(NOW), "a", "created_at").to_cursor()
    with pytest.raises(InvalidInput, match="in this order"):
        Position.from_cursor(cursor, "-created_at")


@pytest.mark.parametrize(
    "at",
    [
        "yesterday",
        "2030",
        "2030-06-01",
        "9999-99-99T00:00:00.000000Z",
        "9999-12-31T23:59:59.999999Z",
        "0001-01-01T00:00:00.000000Z",
    ],
)
def test_a_cursor_whose_instant_is_none_is_refused(at: str) -> None:
    with pytest.raises(InvalidInput):
        Position.from_cursor(Position(at, "a").to_cursor())


def test_no_window_of_the_newest_rows_lies_in_the_future_alone() -> None:
    reader = PageReader(cast(Any, None), LISTING, {}, NEWEST, NOW)
    first = next(windows(*reader._bounds()))  # pyright: ignore[reportPrivateUsage]
    assert first[0] < instant_text(NOW)


async def test_a_page_that_cannot_be_counted_is_not_read_on_and_the_error_is_its_own() -> None:
    ended: list[str] = []

    class Failing:
        async def estimated_document_count(self) -> int:
            raise StoreUnavailable("counting", "no answer")

        async def aggregate(self, _stages: object) -> object:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("reading")

    reader = PageReader(cast(Any, Failing()), LISTING, {}, NEWEST, NOW)
    with pytest.raises(StoreUnavailable, match="no answer"):
        await reader.page(PageRequest(2, total=True))
    assert ended == ["reading"]


@given(st.datetimes(min_value=datetime(2020, 1, 2), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_windows_that_go_forward_are_adjacent_and_reach_the_end(oldest: datetime) -> None:
    found = list(windows_forward(oldest, NOW + timedelta(days=40_000)))
    assert found[0][0] == instant_text(oldest)
    assert found[-1][1] == instant_text(NOW + timedelta(days=40_000))
    assert all(earlier[1] == later[0] for earlier, later in pairwise(found))


@given(st.text())
def test_anything_else_is_refused_as_cursor(text: str) -> None:
    try:
        position = Position.from_cursor(text)
    except InvalidInput:
        return
    assert Position.from_cursor(position.to_cursor()) == position
