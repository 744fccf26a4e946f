"""The sessions that a bulk request means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.paging import PageRequest
from control_plane_api.application.queries.list_lablet_sessions_query import (
    ListLabletSessionsQuery,
    ListLabletSessionsQueryHandler,
)
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.recovery import BulkRequest
from lcm_core.domain.read_models import LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class BulkSessions:
    """*more*: the filter finds others beyond the limit. *unknown* are ids of no session."""

    found: Sequence[LabletSessionReadModel]
    unknown: Sequence[str] = ()
    more: bool = False


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
        page = await self._pages.handle(ListLabletSessionsQuery(page=PageRequest(request.limit), **conditions))
        return BulkSessions(page.rows, more=page.next is not None)
