"""What became of outbound events: attempts to deliver them, and dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from control_plane_api.application.paging import Page, PageRequest
from lcm_core.application.mediator import Query
from lcm_core.contracts.subscriptions import DeliveryAttempt, DeliveryOutcome, OutboundDeadLetter
from lcm_core.domain.errors import NotFound


class DeliveryRecords(Protocol):
    async def attempts(self, subscription_id: str, outcome: str | None, page: PageRequest) -> Page[DeliveryAttempt]:
        """Newest first."""
        ...

    async def dead_letters(
        self, owner_id: str | None, subscription_id: str | None, page: PageRequest
    ) -> Page[OutboundDeadLetter]:
        """Newest first; what is given must hold."""
        ...

    async def dead_letter(self, id: str) -> OutboundDeadLetter:
        """Raises ``NotFound``."""
        ...


@dataclass(frozen=True, slots=True)
class ListDeliveriesQuery(Query[Page[DeliveryAttempt]]):
    subscription_id: str
    page: PageRequest
    outcome: DeliveryOutcome | None = None


class ListDeliveriesQueryHandler:
    def __init__(self, records: DeliveryRecords) -> None:
        self._records = records

    async def handle(self, query: ListDeliveriesQuery) -> Page[DeliveryAttempt]:
        """Newest first."""
        outcome = query.outcome.value if query.outcome is not None else None
        return await self._records.attempts(query.subscription_id, outcome, query.page)


@dataclass(frozen=True, slots=True)
class ListOutboundDeadLettersQuery(Query[Page[OutboundDeadLetter]]):
    page: PageRequest
    owner_id: str | None = None
    subscription_id: str | None = None


class ListOutboundDeadLettersQueryHandler:
    def __init__(self, records: DeliveryRecords) -> None:
        self._records = records

    async def handle(self, query: ListOutboundDeadLettersQuery) -> Page[OutboundDeadLetter]:
        """Newest first."""
        return await self._records.dead_letters(query.owner_id, query.subscription_id, query.page)


@dataclass(frozen=True, slots=True)
class GetOutboundDeadLetterQuery(Query[OutboundDeadLetter]):
    """With *owner_id* one of somebody else's subscription is as good as none."""

    id: str
    owner_id: str | None = None


class GetOutboundDeadLetterQueryHandler:
    def __init__(self, records: DeliveryRecords) -> None:
        self._records = records

    async def handle(self, query: GetOutboundDeadLetterQuery) -> OutboundDeadLetter:
        """Raises ``NotFound``."""
        found = await self._records.dead_letter(query.id)
        if query.owner_id not in (None, found.owner_id):
            raise NotFound("outbound dead letter", query.id)
        return found
