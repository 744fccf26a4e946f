"""Sessions for people: filtered, newest first, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.listings import SESSIONS
from control_plane_api.application.owner_filter import OwnerFilter
from control_plane_api.application.paging import Page, PageRequest, nothing
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class ListLabletSessionsQuery(Query[Page[LabletSessionReadModel]]):
    """Every filter that is given must hold. With a status alone the usual order is by when they came into it.

    *seen_by* is the owner whose sessions are all there is for the caller; None for everybody's."""

    page: PageRequest
    status: LabletSessionStatus | None = None
    worker_id: str | None = None
    definition_id: str | None = None
    owner_id: str | None = None
    username: str | None = None
    seen_by: str | None = None

    @property
    def whose(self) -> OwnerFilter:
        return OwnerFilter(self.owner_id, self.seen_by)

    def equality(self) -> dict[str, Any]:
        named = {
            "status": self.status.value if self.status else None,
            "worker_id": self.worker_id,
            "definition_id": self.definition_id,
            "owner_id": self.whose.owner_id,
            "candidate.username": self.username,
        }
        return {field: value for field, value in named.items() if value is not None}


class ListLabletSessionsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel]) -> None:
        self._sessions = sessions

    async def handle(self, query: ListLabletSessionsQuery) -> Page[LabletSessionReadModel]:
        """Raises ``InvalidInput`` for a sort that is not offered, or not with these filters."""
        if query.whose.shows_nothing:
            return nothing(query.page)
        equality = query.equality()
        usual = "-status_changed_at" if equality.keys() == {"status"} else "-created_at"
        order = SESSIONS.order(query.page.sort or usual)
        SESSIONS.check(order, equality)
        return await self._sessions.page(SESSIONS, order, query.page, equality)
