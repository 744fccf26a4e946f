"""The score of a session."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import LabletSessionReadModel, ScoreReportReadModel


@dataclass(frozen=True, slots=True)
class GetScoreReportQuery(Query[ScoreReportReadModel]):
    session_id: str


class GetScoreReportQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], score_reports: Rows[ScoreReportReadModel]) -> None:
        self._sessions = sessions
        self._score_reports = score_reports

    async def handle(self, query: GetScoreReportQuery) -> ScoreReportReadModel:
        """Raises ``NotFound`` for an unknown session, and for one that has none (yet)."""
        session = await self._sessions.get(query.session_id)
        if session.score_report_id is None:
            raise NotFound("score report of lablet session", query.session_id)
        return await self._score_reports.get(session.score_report_id)
