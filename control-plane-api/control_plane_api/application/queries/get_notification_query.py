"""One notification."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.notifications.notification_book import NotificationBook
from lcm_core.application.mediator import Query
from lcm_core.contracts.notifications import NotificationRecord


@dataclass(frozen=True, slots=True)
class GetNotificationQuery(Query[NotificationRecord]):
    notification_id: str


class GetNotificationQueryHandler:
    def __init__(self, book: NotificationBook) -> None:
        self._book = book

    async def handle(self, query: GetNotificationQuery) -> NotificationRecord:
        """Raises ``NotFound``."""
        return await self._book.get(query.notification_id)
