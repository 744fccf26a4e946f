"""Inbound events that could not be applied."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.queries.list_inbound_events_query import InboundEventFilter, InboundEvents
from lcm_core.application.mediator import Query
from lcm_core.contracts.inbound_events import DeadLetter, InboundEventRecord, InboundEventStatus

_DEAD = InboundEventFilter(status=InboundEventStatus.DEAD_LETTERED)


@dataclass(frozen=True, slots=True)
class ListDeadLettersQuery(Query[Page[DeadLetter]]):
    page: PageRequest


class ListDeadLettersQueryHandler:
    def __init__(self, events: InboundEvents) -> None:
        self._events = events

    async def handle(self, query: ListDeadLettersQuery) -> Page[DeadLetter]:
        """Newest first."""
        found = await self._events.page(_DEAD, query.page)
        return Page([_letter(each) for each in found.rows], found.next, found.total)


def _letter(record: InboundEventRecord) -> DeadLetter:
    return DeadLetter(
        source=record.source,
        id=record.event_id,
        type=record.type,
        subject=record.subject,
        data=record.data if isinstance(record.data, dict) else {"value": record.data},
        reason=record.reason,
        received_at=record.received_at,
    )
