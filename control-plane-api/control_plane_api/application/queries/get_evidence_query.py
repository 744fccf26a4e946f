"""What was collected from the devices of a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.read_side import SessionRecords
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.sessions import DeviceCollection
from lcm_core.domain.read_models import LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class GetEvidenceQuery(Query[Sequence[DeviceCollection]]):
    """The latest *collection* unless one is named."""

    session_id: str
    collection: int | None = None


class GetEvidenceQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], records: SessionRecords) -> None:
        self._sessions = sessions
        self._records = records

    async def handle(self, query: GetEvidenceQuery) -> Sequence[DeviceCollection]:
        """Empty until something was collected. Raises ``NotFound`` for an unknown session."""
        session = await self._sessions.get(query.session_id)
        return await self._records.evidence(query.session_id, query.collection or session.collection)
