"""The sessions that a bulk request means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.paging import PageRequest, Position
from control_plane_api.application.queries.list_lablet_sessions_query import (
    ListLabletSessionsQuery,
    ListLabletSessionsQueryHandler,
)
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.recovery import BulkRequest
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import LabletSessionReadModel

_TERMINATED = LabletSessionStatus.TERMINATED
_MOST_PAGES = 20
"""A request ends before it has looked through years of sessions that are over; the next one goes on from there."""


@dataclass(frozen=True, slots=True)
class BulkSessions:
    """*next* is where the filter may find others beyond the limit. *unknown* are ids of no session."""

    found: Sequence[LabletSessionReadModel]
    unknown: Sequence[str] = ()
    next: Position | None = None


@dataclass(frozen=True, slots=True)
class FindBulkSessionsQuery(Query[BulkSessions]):
    request: BulkRequest


class FindBulkSessionsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel]) -> None:
        self._sessions = sessions
        self._pages = ListLabletSessionsQueryHandler(sessions)

    async def handle(self, query: FindBulkSessionsQuery) -> BulkSessions:
        request = query.request
        if request.filter is None:
            wanted = list(dict.fromkeys(request.ids))
            found = {row.id: row for row in await self._sessions.by_ids(wanted)}
            return BulkSessions([found[id] for id in wanted if id in found], [id for id in wanted if id not in found])
        conditions = {name: getattr(request.filter, name) for name in type(request.filter).model_fields}
        alive: list[LabletSessionReadModel] = []
        # A page ends with the last session that is wanted, so that its end is where the next request goes on.
        after = Position.from_cursor(request.cursor) if request.cursor else None
        for _ in range(_MOST_PAGES):
            wanted = PageRequest(request.limit - len(alive), after)
            page = await self._pages.handle(ListLabletSessionsQuery(page=wanted, **conditions))
            alive += [row for row in page.rows if request.filter.status or row.status is not _TERMINATED]
            after = page.next
            if after is None or len(alive) == request.limit:
                break
        return BulkSessions(alive, next=after)
