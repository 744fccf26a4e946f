"""One session, or what belongs to it."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import NotYours
from lcm_core.domain.read_models import LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class GetLabletSessionQuery(Query[LabletSessionReadModel]):
    """With *owner_id* a session of somebody else is as good as none."""

    session_id: str
    owner_id: str | None = None


class GetLabletSessionQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel]) -> None:
        self._sessions = sessions

    async def handle(self, query: GetLabletSessionQuery) -> LabletSessionReadModel:
        """Raises ``NotFound``, or ``NotYours``."""
        session = await self._sessions.get(query.session_id)
        if query.owner_id is not None and session.owner_id != query.owner_id:
            raise NotYours("lablet session", query.session_id, session.owner_id)
        return session
