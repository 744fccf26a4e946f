"""Subscriptions, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.listings import SUBSCRIPTIONS
from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.read_models import SubscriptionReadModel


@dataclass(frozen=True, slots=True)
class ListSubscriptionsQuery(Query[Page[SubscriptionReadModel]]):
    """What is given must hold."""

    page: PageRequest
    owner_id: str | None = None
    status: SubscriptionStatus | None = None


class ListSubscriptionsQueryHandler:
    def __init__(self, subscriptions: Rows[SubscriptionReadModel]) -> None:
        self._subscriptions = subscriptions

    async def handle(self, query: ListSubscriptionsQuery) -> Page[SubscriptionReadModel]:
        given: dict[str, Any] = {"owner_id": query.owner_id, "status": query.status}
        equality = {field: value for field, value in given.items() if value is not None}
        order = SUBSCRIPTIONS.order(query.page.sort or "-created_at")
        return await self._subscriptions.page(SUBSCRIPTIONS, order, query.page, equality)
