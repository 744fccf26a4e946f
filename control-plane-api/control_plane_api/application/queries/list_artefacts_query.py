"""The collected texts of a session, by node and command, with size and hash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.read_side import SessionRecords
from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.evidence import ArtefactRow, artefact_rows
from lcm_core.domain.read_models import LabletSessionReadModel


@dataclass(frozen=True, slots=True)
class ListArtefactsQuery(Query[Sequence[ArtefactRow]]):
    """Of the latest *collection* unless one is named."""

    session_id: str
    collection: int | None = None


class ListArtefactsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], records: SessionRecords) -> None:
        self._sessions = sessions
        self._records = records

    async def handle(self, query: ListArtefactsQuery) -> Sequence[ArtefactRow]:
        """Empty until something was collected. Raises ``NotFound`` for an unknown session."""
        session = await self._sessions.get(query.session_id)
        number = query.collection or session.collection
        return list(artefact_rows(await self._records.evidence(query.session_id, number)))
