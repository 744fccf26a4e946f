"""Where notifications are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from control_plane_api.application.paging import Page, PageRequest
from lcm_core.contracts.notifications import NotificationRecord


class NotificationBook(Protocol):
    """Every method raises ``StoreUnavailable`` when the database does not answer."""

    async def active(self) -> Sequence[NotificationRecord]:
        """All that hold, acknowledged or not."""
        ...

    async def page(self, equality: Mapping[str, Any], page: PageRequest) -> Page[NotificationRecord]:
        """Those with these stored values, the last opened first."""
        ...

    async def get(self, id: str) -> NotificationRecord:
        """Raises ``NotFound``."""
        ...
