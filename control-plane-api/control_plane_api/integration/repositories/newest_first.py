"""Reads a list newest first in a shape that every server answers from an index.

A sort over thousands of matches is what must not happen, so a page is gathered from windows of time, each a bounded
range behind the equality filter, that grow into the past until the page is full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from control_plane_api.application.paging import Between, PageRequest
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Document

_FIRST_WINDOW = timedelta(hours=1)
_GROWTH = 4
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
_CLOCKS_APART = timedelta(minutes=5)


def windows(newest: datetime, oldest: datetime = _BEGINNING) -> Iterator[tuple[str, str]]:
    """(from, to) of adjacent half-open windows, going back from *newest* to *oldest*."""
    end, width = newest, _FIRST_WINDOW
    while end > oldest:
        start = max(end - width, oldest)
        yield instant_text(start), instant_text(end)
        end, width = start, width * _GROWTH


async def newest_first(
    collection: AsyncCollection[Document],
    equality: Mapping[str, Any],
    page: PageRequest,
    *,
    now: datetime,
    field: str = "created_at",
    between: Between | None = None,
    hint: Sequence[tuple[str, int]] | None = None,
) -> list[Document]:
    """Up to ``page.limit + 1`` documents after the page's position: one more tells that there is a next page.

    An index on the equality fields followed by *field* serves it; *field* holds instants as text, before *now* unless
    *between* says otherwise. With more equality fields than an index has, *hint* names the one to use.
    """
    wanted = page.limit + 1
    found: list[Document] = []
    newest, oldest = (between.end, between.start) if between is not None else (now + _CLOCKS_APART, _BEGINNING)
    if page.after is not None:
        newest = datetime.fromisoformat(page.after.at)
        same_instant = {**equality, field: page.after.at, "_id": {"$lt": page.after.id}}
        found = await _read(collection, same_instant, field, wanted, hint)
    for start, end in windows(newest, oldest):
        if len(found) >= wanted:
            break
        in_window = {**equality, field: {"$gte": start, "$lt": end}}
        found += await _read(collection, in_window, field, wanted - len(found), hint)
    return found


async def _read(
    collection: AsyncCollection[Document],
    matching: Mapping[str, Any],
    field: str,
    limit: int,
    hint: Sequence[tuple[str, int]] | None,
) -> list[Document]:
    cursor = collection.find(matching).sort([(field, -1), ("_id", -1)]).limit(limit)
    if hint is not None:
        cursor = cursor.hint(list(hint))
    return await cursor.to_list()


def narrowest_index(
    equality: Mapping[str, Any], field: str, most_selective_first: Sequence[str]
) -> list[tuple[str, int]] | None:
    """Where each filter has an index with *field* and a combination has none: that of the filter that leaves the least.

    None where the server finds the index by itself.
    """
    if len(equality) < 2:
        return None
    return [(next(name for name in most_selective_first if name in equality), 1), (field, -1)]
