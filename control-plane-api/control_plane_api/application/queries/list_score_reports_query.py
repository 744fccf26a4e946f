"""Every score that a session was given, and which is the present one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.evidence import ScoreEntry
from lcm_core.domain.read_models import LabletSessionReadModel, ScoreReportReadModel


@dataclass(frozen=True, slots=True)
class ListScoreReportsQuery(Query[Sequence[ScoreEntry]]):
    """The newest attempt first."""

    session_id: str


class ListScoreReportsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], score_reports: Rows[ScoreReportReadModel]) -> None:
        self._sessions = sessions
        self._score_reports = score_reports

    async def handle(self, query: ListScoreReportsQuery) -> Sequence[ScoreEntry]:
        """Raises ``NotFound`` for an unknown session."""
        session = await self._sessions.get(query.session_id)
        found = await self._score_reports.where(lablet_session_id=session.id)
        return [
            ScoreEntry(present=report.id == session.score_report_id, report=report)
            for report in sorted(found, key=lambda report: report.attempt, reverse=True)
        ]
