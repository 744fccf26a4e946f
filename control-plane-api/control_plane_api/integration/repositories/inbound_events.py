"""Kept inbound events on MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from control_plane_api.application.listings import INBOUND_EVENTS as LISTING
from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.queries.list_inbound_events_query import InboundEventFilter
from control_plane_api.application.services.inbound_events import INBOUND_EVENTS, PARKED_FOR, record_of
from control_plane_api.integration.repositories.pages_by_time import PageReader
from lcm_core.clock import Clock
from lcm_core.contracts.inbound_events import MOST_PARKED_PER_SESSION, InboundEventRecord
from lcm_core.domain.errors import NotFound
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors


class MongoInboundEvents:
    """``InboundEvents`` and ``ParkedCounts``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._events = database[INBOUND_EVENTS]
        self._clock = clock

    async def page(self, wanted: InboundEventFilter, page: PageRequest) -> Page[InboundEventRecord]:
        given = {"status": wanted.status, "type": wanted.type, "session_id": wanted.session_id}
        equality = {name: value for name, value in given.items() if value is not None}
        order = LISTING.order(page.sort or "-received_at")
        with store_errors(f"reading {INBOUND_EVENTS}"):
            found = await PageReader(self._events, LISTING, equality, order, self._clock.now()).page(page)
        return Page([record_of(each) for each in found.documents], found.next, found.total)

    async def get(self, id: str) -> InboundEventRecord:
        with store_errors(f"reading {INBOUND_EVENTS}"):
            found = await self._events.find_one({"_id": id})
        if found is None:
            raise NotFound("inbound event", id)
        return record_of(found)

    async def due(self, now: str, limit: int) -> Sequence[InboundEventRecord]:
        with store_errors(f"reading {INBOUND_EVENTS}"):
            found = await self._events.find({"due_at": {"$lte": now}}).sort("due_at", 1).limit(limit).to_list()
        return [record_of(each) for each in found]

    async def parked(self, session_id: str) -> Sequence[InboundEventRecord]:
        with store_errors(f"reading {INBOUND_EVENTS}"):
            found = await self._events.find({PARKED_FOR: session_id}).to_list()
        return sorted((record_of(each) for each in found), key=lambda record: record.received_at)

    async def parked_counts(self, session_ids: Sequence[str]) -> Mapping[str, int]:
        counts = dict.fromkeys(session_ids, 0)
        matching = {PARKED_FOR: {"$in": list(session_ids)}}
        most = len(counts) * MOST_PARKED_PER_SESSION
        with store_errors(f"counting {INBOUND_EVENTS}"):
            found = await self._events.find(matching, {PARKED_FOR: 1}).limit(most).to_list()
        for each in found:
            counts[each[PARKED_FOR]] += 1
        return counts
