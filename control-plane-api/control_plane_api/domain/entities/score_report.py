"""A score report: written once, never changed, kept for good."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import score_report_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.read_models import ScoreSection


class ScoreReportState(BaseModel):
    """Fields of ScoreReportReadModel."""

    lablet_session_id: str
    grading_session_id: str
    score: float
    max_score: float
    cut_score: float
    passed: bool
    sections: tuple[ScoreSection, ...]
    report_url: str
    submitted_at: AwareDatetime
    attempt: int = 1
    reason: str = ""
    created_at: AwareDatetime


class ScoreReport(AggregateRoot[ScoreReportState]):
    """Has no method that changes it."""

    kind = "score_report"
    collection = "score_reports"

    @classmethod
    def create(
        cls,
        id: str,
        *,
        lablet_session_id: str,
        grading_session_id: str,
        score: float,
        max_score: float,
        cut_score: float,
        passed: bool,
        sections: tuple[ScoreSection, ...],
        report_url: str,
        submitted_at: datetime,
        stamp: Stamp,
        attempt: int = 1,
        reason: str = "",
    ) -> Self:
        report = cls(id)
        report.record(
            events.ScoreReportCreatedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                lablet_session_id=lablet_session_id,
                grading_session_id=grading_session_id,
                score=score,
                max_score=max_score,
                cut_score=cut_score,
                passed=passed,
                sections=sections,
                report_url=report_url,
                submitted_at=submitted_at,
                attempt=attempt,
                reason=reason,
            )
        )
        return report

    @when(events.ScoreReportCreatedDomainEvent)
    def _created(self, event: events.ScoreReportCreatedDomainEvent) -> None:
        given = {name: getattr(event, name) for name in type(event).model_fields if name not in ("at", "by")}
        self.state = ScoreReportState(created_at=event.at, **given)
