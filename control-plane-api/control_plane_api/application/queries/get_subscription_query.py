"""One subscription."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import SubscriptionReadModel


@dataclass(frozen=True, slots=True)
class GetSubscriptionQuery(Query[SubscriptionReadModel]):
    """With *owner_id* a subscription of somebody else is as good as none."""

    subscription_id: str
    owner_id: str | None = None


class GetSubscriptionQueryHandler:
    def __init__(self, subscriptions: Rows[SubscriptionReadModel]) -> None:
        self._subscriptions = subscriptions

    async def handle(self, query: GetSubscriptionQuery) -> SubscriptionReadModel:
        """Raises ``NotFound``."""
        found = await self._subscriptions.get(query.subscription_id)
        if query.owner_id not in (None, found.owner_id):
            raise NotFound("subscription", query.subscription_id)
        return found
