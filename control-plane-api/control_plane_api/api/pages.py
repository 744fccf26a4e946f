"""Forms of pages, and the window of time that some lists are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from control_plane_api.application.paging import ALL_TIME, LARGEST_PAGE_SIZE, Between
from lcm_core.contracts.inbound_events import DeadLetter, InboundEventRecord
from lcm_core.contracts.notifications import NotificationRecord
from lcm_core.contracts.subscriptions import DeliveryAttempt, OutboundDeadLetter
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    LabletDefinitionReadModel,
    LabletSessionReadModel,
    PlacementDecisionRow,
    ReservationReadModel,
    ScalingDecision,
    SubscriptionReadModel,
)


async def _window(
    start: Annotated[AwareDatetime | None, Query(alias="from", description="Begins at this instant or later.")] = None,
    end: Annotated[AwareDatetime | None, Query(alias="to", description="Begins before this instant.")] = None,
) -> Between | None:
    if start is None and end is None:
        return None
    bounded = Between(_within_all_time(start or ALL_TIME.start), _within_all_time(end or ALL_TIME.end))
    if bounded.start >= bounded.end:
        raise InvalidInput([InputProblem("/to", "must be later than `from`", "query")], what="request")
    return bounded


def _within_all_time(at: datetime) -> datetime:
    return min(max(at, ALL_TIME.start), ALL_TIME.end).astimezone(UTC)


Window = Annotated[Between | None, Depends(_window)]


Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE_SIZE, description="Rows per page.")]
Cursor = Annotated[
    str | None, Query(max_length=400, description="`next_cursor` of the page before; leave out for the first.")
]


class PageForm(BaseModel):
    """Each form also has its ``items``."""

    next_cursor: str | None = Field(description="`cursor` of the next page; null on the last one.")
    total: int | None = Field(description="Rows of all pages, where `total=true` asked for it.")
    total_is_exact: bool | None = Field(description="False where counting ended before the rows did.")


class LabletSessionPage(PageForm):
    items: list[LabletSessionReadModel]


class CMLWorkerPage(PageForm):
    items: list[CMLWorkerReadModel]


class LabletDefinitionPage(PageForm):
    items: list[LabletDefinitionReadModel]


class ReservationPage(PageForm):
    items: list[ReservationReadModel]


class ScalingDecisionPage(PageForm):
    items: list[ScalingDecision]


class PlacementDecisionPage(PageForm):
    items: list[PlacementDecisionRow]


class DeadLetterPage(PageForm):
    items: list[DeadLetter]


class InboundEventPage(PageForm):
    items: list[InboundEventRecord]


class SubscriptionPage(PageForm):
    items: list[SubscriptionReadModel]


class NotificationPage(PageForm):
    items: list[NotificationRecord]


class DeliveryPage(PageForm):
    items: list[DeliveryAttempt]


class OutboundDeadLetterPage(PageForm):
    items: list[OutboundDeadLetter]
