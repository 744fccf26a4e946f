"""What operators are told, and were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.listings import NOTIFICATIONS
from control_plane_api.application.notifications.notification_book import NotificationBook
from control_plane_api.application.paging import Page, PageRequest
from lcm_core.application.mediator import Query
from lcm_core.contracts.notifications import NotificationRecord
from lcm_core.domain.notifications import NotificationKind, NotificationSeverity, NotificationStatus


@dataclass(frozen=True, slots=True)
class ListNotificationsQuery(Query[Page[NotificationRecord]]):
    """What is given must hold."""

    page: PageRequest
    status: NotificationStatus | None = None
    active: bool | None = None
    severity: NotificationSeverity | None = None
    kind: NotificationKind | None = None
    subject_id: str | None = None


class ListNotificationsQueryHandler:
    def __init__(self, book: NotificationBook) -> None:
        self._book = book

    async def handle(self, query: ListNotificationsQuery) -> Page[NotificationRecord]:
        given: dict[str, Any] = {
            "status": query.status,
            "active": query.active,
            "severity": query.severity,
            "kind": query.kind,
            "subject_id": query.subject_id,
        }
        equality = {NOTIFICATIONS.filters[name]: value for name, value in given.items() if value is not None}
        return await self._book.page(equality, query.page)
