"""Notifications on MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from control_plane_api.application.listings import NOTIFICATIONS as LISTING
from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.services.notification_records import NOTIFICATION_LOG, record_of
from control_plane_api.integration.repositories.pages_by_time import PageReader
from lcm_core.clock import Clock
from lcm_core.contracts.notifications import NotificationRecord
from lcm_core.domain.errors import NotFound
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.store_errors import store_errors

_MOST_ACTIVE = 5_000
"""Conditions are about workers, definitions, pools, receivers and services: there are not more of those that fail."""


class MongoNotifications:
    """``NotificationBook``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._rows = database[NOTIFICATION_LOG]
        self._clock = clock

    async def active(self) -> Sequence[NotificationRecord]:
        with store_errors(f"reading {NOTIFICATION_LOG}"):
            found = await self._rows.find({"active": True}).limit(_MOST_ACTIVE).to_list()
        return [record_of(each) for each in found]

    async def page(self, equality: Mapping[str, Any], page: PageRequest) -> Page[NotificationRecord]:
        order = LISTING.order(page.sort or "-opened_at")
        with store_errors(f"reading {NOTIFICATION_LOG}"):
            found = await PageReader(self._rows, LISTING, equality, order, self._clock.now()).page(page)
        return Page([record_of(each) for each in found.documents], found.next, found.total)

    async def get(self, id: str) -> NotificationRecord:
        with store_errors(f"reading {NOTIFICATION_LOG}"):
            found = await self._rows.find_one({"_id": id})
        if found is None:
            raise NotFound("notification", id)
        return record_of(found)
