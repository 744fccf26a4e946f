"""Kept inbound events, by what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from control_plane_api.application.paging import Page, PageRequest
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.contracts.inbound_events import InboundEventRecord, InboundEventStatus
from lcm_core.domain.json_form import instant_text

_MOST_DUE = 200


@dataclass(frozen=True, slots=True)
class InboundEventFilter:
    """What is given must hold."""

    status: InboundEventStatus | None = None
    type: str | None = None
    session_id: str | None = None


class InboundEvents(Protocol):
    async def page(self, wanted: InboundEventFilter, page: PageRequest) -> Page[InboundEventRecord]:
        """Newest first."""
        ...

    async def get(self, id: str) -> InboundEventRecord:
        """Raises ``NotFound``."""
        ...

    async def due(self, now: str, limit: int) -> Sequence[InboundEventRecord]:
        """Open ones that were to be tried at *now*, an instant as stored, or before; the most overdue first."""
        ...

    async def parked(self, session_id: str) -> Sequence[InboundEventRecord]:
        """Oldest first."""
        ...


@dataclass(frozen=True, slots=True)
class ListInboundEventsQuery(Query[Page[InboundEventRecord]]):
    wanted: InboundEventFilter
    page: PageRequest


class ListInboundEventsQueryHandler:
    def __init__(self, events: InboundEvents) -> None:
        self._events = events

    async def handle(self, query: ListInboundEventsQuery) -> Page[InboundEventRecord]:
        """Newest first."""
        return await self._events.page(query.wanted, query.page)


@dataclass(frozen=True, slots=True)
class GetInboundEventQuery(Query[InboundEventRecord]):
    id: str


class GetInboundEventQueryHandler:
    def __init__(self, events: InboundEvents) -> None:
        self._events = events

    async def handle(self, query: GetInboundEventQuery) -> InboundEventRecord:
        """Raises ``NotFound``."""
        return await self._events.get(query.id)


@dataclass(frozen=True, slots=True)
class ListOpenInboundEventsQuery(Query[Sequence[InboundEventRecord]]):
    """Those that are due; with *session_id* those that wait for that session instead."""

    session_id: str | None = None


class ListOpenInboundEventsQueryHandler:
    def __init__(self, events: InboundEvents, clock: Clock) -> None:
        self._events = events
        self._clock = clock

    async def handle(self, query: ListOpenInboundEventsQuery) -> Sequence[InboundEventRecord]:
        if query.session_id is not None:
            return await self._events.parked(query.session_id)
        return await self._events.due(instant_text(self._clock.now()), _MOST_DUE)
