"""Reads a list in the order of an instant, in a shape that every server answers from an index.

A sort over thousands of matches is what must not happen, so a page is gathered from windows of time, each a bounded
range behind one equality filter, that grow until the page is full. Filters beside that one are a stage of their own:
in one stage with it, not every server would use the index any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection

from control_plane_api.application.listings import Listing, Order
from control_plane_api.application.paging import ALL_TIME, MOST_COUNTED, Between, PageRequest, Position
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Document
from lcm_core.side_by_side import side_by_side

_DENSE = timedelta(hours=1)
_CLOCKS_APART = timedelta(minutes=5)
_FIRST_WINDOW = _CLOCKS_APART + timedelta(minutes=1)
"""Reaches from where clocks ahead of ours may be to the last minute, so that no window lies in the future alone."""


def _wider(width: timedelta) -> timedelta:
    """Little by little where rows are many, so that few are read in vain; then soon through all time."""
    return width * (2 if width < _DENSE else 8)


def windows(newest: datetime, oldest: datetime = ALL_TIME.start) -> Iterator[tuple[str, str]]:
    """(from, to) of adjacent half-open windows, going back from *newest* to *oldest*."""
    end, width = newest, _FIRST_WINDOW
    while end > oldest:
        start = max(end - width, oldest) if end - oldest > width else oldest
        yield instant_text(start), instant_text(end)
        end, width = start, _wider(width)


def windows_forward(oldest: datetime, newest: datetime) -> Iterator[tuple[str, str]]:
    """The same going forward from *oldest* to *newest*."""
    start, width = oldest, _FIRST_WINDOW
    while start < newest:
        end = start + width if newest - start > width else newest
        yield instant_text(start), instant_text(end)
        start, width = end, _wider(width)


@dataclass(frozen=True, slots=True)
class FoundPage:
    """One page of documents, where the next one begins, and how many there are in all when that was asked."""

    documents: list[Document]
    next: Position | None
    total: int | None


@dataclass(frozen=True, slots=True)
class PageReader:
    """Reads the pages of one *listing* from *collection* at the instant *now*."""

    collection: AsyncCollection[Document]
    listing: Listing
    equality: Mapping[str, Any]
    order: Order
    now: datetime
    between: Between | None = None
    """Bounds the instant; needed for one that lies in the future."""
    without: Sequence[str] = ()
    """Fields that are not read."""

    async def page(self, page: PageRequest) -> FoundPage:
        if page.total:
            async with side_by_side() as group:
                reading = group.create_task(self.read(page.after, page.limit + 1))
                counting = group.create_task(self._total())
            found, total = reading.result(), counting.result()
        else:
            found, total = await self.read(page.after, page.limit + 1), None
        rows = found[: page.limit]
        more = len(found) > page.limit
        at = Position(_value(rows[-1], self.order.field), rows[-1]["_id"], page.sort) if more else None
        return FoundPage(rows, at, total)

    async def _total(self) -> int:
        if not self.equality and self.between is None:
            # All there are: the server knows that without reading any.
            return min(await self.collection.estimated_document_count(), MOST_COUNTED)
        return await self.count()

    async def count(self) -> int:
        """How many rows match, at most ``MOST_COUNTED``; counted window by window, so that it ends there."""
        counted = 0
        for start, end in windows(*self._bounds()):
            stages = [*self._matching({"$gte": start, "$lt": end}), {"$limit": MOST_COUNTED - counted}]
            async for answer in await self.collection.aggregate([*stages, {"$count": "rows"}]):
                counted += answer["rows"]
            if counted >= MOST_COUNTED:
                break
        return counted

    async def read(self, after: Position | None, wanted: int) -> list[Document]:
        """Up to *wanted* documents that come after *after*."""
        found: list[Document] = []
        if after is not None:
            beyond = {"$lt" if self.order.newest_first else "$gt": after.id}
            found = await self._read(after.at, wanted, beyond)
        for start, end in self._windows(after):
            if len(found) >= wanted:
                break
            found += await self._read({"$gte": start, "$lt": end}, wanted - len(found))
        return found

    def _bounds(self) -> tuple[datetime, datetime]:
        """Newest and oldest instant that a row can have."""
        if self.between is not None:
            return self.between.end, self.between.start
        return self.now + _CLOCKS_APART, ALL_TIME.start

    def _windows(self, after: Position | None) -> Iterator[tuple[str, str]]:
        newest, oldest = self._bounds()
        here = datetime.fromisoformat(after.at) if after is not None else None
        if self.order.newest_first:
            return windows(min(here, newest) if here is not None else newest, oldest)
        if here is None:
            # Most rows are young: the windows that fit them, from the far end.
            return reversed(list(windows(newest, oldest)))
        return windows_forward(max(here + timedelta(microseconds=1), oldest), newest)

    async def _read(self, at: Any, limit: int, beyond: Mapping[str, Any] | None = None) -> list[Document]:
        direction = -1 if self.order.newest_first else 1
        stages = [
            *self._matching(at, beyond),
            {"$sort": {self.order.field: direction, "_id": direction}},
            {"$limit": limit},
        ]
        if self.without:
            stages.append({"$project": dict.fromkeys(self.without, 0)})
        return await (await self.collection.aggregate(stages)).to_list()

    def _matching(self, at: Any, beyond: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        leading = self.listing.leading(self.order, self.equality)
        others = {field: value for field, value in self.equality.items() if field not in leading}
        if beyond is not None:
            others["_id"] = beyond
        first = {"$match": {**leading, self.order.field: at}}
        return [first, {"$match": others}] if others else [first]


def _value(document: Document, path: str) -> str:
    value: Any = document
    for name in path.split("."):
        value = value[name]
    return value
