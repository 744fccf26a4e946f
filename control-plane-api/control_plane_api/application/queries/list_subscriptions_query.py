"""Subscriptions, newest first."""

from __future__ import annotations

from dataclasses import dataclass

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
        given = {"owner_id": query.owner_id, "status": query.status}
        return await self._subscriptions.page(query.page, {k: v for k, v in given.items() if v is not None})
