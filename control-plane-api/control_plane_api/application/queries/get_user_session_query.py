"""The delivery of a session to its learner."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import LabletSessionReadModel, UserSessionReadModel


@dataclass(frozen=True, slots=True)
class GetUserSessionQuery(Query[UserSessionReadModel]):
    session_id: str


class GetUserSessionQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], user_sessions: Rows[UserSessionReadModel]) -> None:
        self._sessions = sessions
        self._user_sessions = user_sessions

    async def handle(self, query: GetUserSessionQuery) -> UserSessionReadModel:
        """Raises ``NotFound`` for an unknown session, and for one that has none (yet)."""
        session = await self._sessions.get(query.session_id)
        if session.user_session_id is None:
            raise NotFound("user session of lablet session", query.session_id)
        return await self._user_sessions.get(session.user_session_id)
