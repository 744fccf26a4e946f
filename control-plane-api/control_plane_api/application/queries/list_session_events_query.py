"""The event log of a session, commit by commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.read_side import EventLog
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.commit import Commit, stream_id
from lcm_core.domain.read_models import LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class ListSessionEventsQuery(Query[Sequence[Commit]]):
    """Up to *limit* commits behind version *after*."""

    session_id: str
    after: int = 0
    limit: int = 100


class ListSessionEventsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], events: EventLog) -> None:
        self._sessions = sessions
        self._events = events

    async def handle(self, query: ListSessionEventsQuery) -> Sequence[Commit]:
        """In order of version. Raises ``NotFound`` for an unknown session."""
        session = await self._sessions.get(query.session_id)
        last = min(session.version, query.after + query.limit)
        return await self._events.commits(stream_id("lablet_session", session.id), first=query.after + 1, last=last)
