"""How far the grading of a session is."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import GradingSessionReadModel, LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class GetGradingSessionQuery(Query[GradingSessionReadModel]):
    session_id: str


class GetGradingSessionQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], grading_sessions: Rows[GradingSessionReadModel]) -> None:
        self._sessions = sessions
        self._grading_sessions = grading_sessions

    async def handle(self, query: GetGradingSessionQuery) -> GradingSessionReadModel:
        """Raises ``NotFound`` for an unknown session, and for one that has none (yet)."""
        session = await self._sessions.get(query.session_id)
        if session.grading_session_id is None:
            raise NotFound("grading session of lablet session", query.session_id)
        return await self._grading_sessions.get(session.grading_session_id)
