"""Why a session was placed where it is, or nowhere yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.read_side import SessionRecords
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import LabletSessionReadModel, PlacementDecisionRow


@dataclass(frozen=True, slots=True)
class ListPlacementDecisionsQuery(Query[Sequence[PlacementDecisionRow]]):
    session_id: str


class ListPlacementDecisionsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], records: SessionRecords) -> None:
        self._sessions = sessions
        self._records = records

    async def handle(self, query: ListPlacementDecisionsQuery) -> Sequence[PlacementDecisionRow]:
        """Newest first. Raises ``NotFound`` for an unknown session."""
        await self._sessions.get(query.session_id)
        return await self._records.placement_decisions(query.session_id)
