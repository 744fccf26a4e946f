"""The session that a delivery session belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from control_plane_api.domain.identities import user_session_id
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import LabletSessionReadModel, UserSessionReadModel


@dataclass(frozen=True, slots=True)
class GetSessionByLdsQuery(Query[LabletSessionReadModel]):
    lds_session_id: str


class GetSessionByLdsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], user_sessions: Rows[UserSessionReadModel]) -> None:
        self._sessions = sessions
        self._user_sessions = user_sessions

    async def handle(self, query: GetSessionByLdsQuery) -> LabletSessionReadModel:
        """Raises ``NotFound``."""
        delivery = await self._user_sessions.find(user_session_id(query.lds_session_id))
        if delivery is None:
            raise NotFound("lablet session with LDS session", query.lds_session_id)
        return await self._sessions.get(delivery.lablet_session_id)
