"""How lists are asked for and answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from control_plane_api.application.paging import (
    DEFAULT_PAGE_SIZE,
    LARGEST_PAGE_SIZE,
    Between,
    Page,
    PageRequest,
    Position,
)
from lcm_core.contracts.inbound_events import DeadLetter, InboundEventRecord
from lcm_core.contracts.subscriptions import DeliveryAttempt, OutboundDeadLetter
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletDefinitionReadModel,
    LabletSessionReadModel,
    ReservationReadModel,
    ScalingDecision,
    SubscriptionReadModel,
)


async def _page_request(
    limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE, description="Rows per page.")] = DEFAULT_PAGE_SIZE,
    cursor: Annotated[
        str | None, Query(max_length=400, description="`next_cursor` of the page before; leave out for the first.")
    ] = None,
) -> PageRequest:
    return PageRequest(limit, Position.from_cursor(cursor) if cursor else None)


_FIRST, _LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
PageOf = Annotated[PageRequest, Depends(_page_request)]


async def _window(
    start: Annotated[AwareDatetime | None, Query(alias="from", description="Begins at this instant or later.")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="Begins before this instant.")] = None,
) -> Between | None:
    if start is None and end is None:
        return None
    return Between((start or _FIRST).astimezone(UTC), (end or _LAST).astimezone(UTC))


Window = Annotated[Between | None, Depends(_window)]


class _PageForm(BaseModel):
    next_cursor: str | None = Field(description="`cursor` of the next page; null on the last one.")


class LabletSessionPage(_PageForm):
    items: list[LabletSessionReadModel]


class CMLWorkerPage(_PageForm):
    items: list[CMLWorkerReadModel]


class LabletDefinitionPage(_PageForm):
    items: list[LabletDefinitionReadModel]


class ReservationPage(_PageForm):
    items: list[ReservationReadModel]


class ScalingDecisionPage(_PageForm):
    items: list[ScalingDecision]


class DeadLetterPage(_PageForm):
    items: list[DeadLetter]


class InboundEventPage(_PageForm):
    items: list[InboundEventRecord]


class SubscriptionPage(_PageForm):
    items: list[SubscriptionReadModel]


class DeliveryPage(_PageForm):
    items: list[DeliveryAttempt]


class OutboundDeadLetterPage(_PageForm):
    items: list[OutboundDeadLetter]


def next_cursor(page: Page[Any]) -> str | None:
    return page.next.to_cursor() if page.next is not None else None
