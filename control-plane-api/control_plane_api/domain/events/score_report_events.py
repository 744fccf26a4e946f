"""The score of a session: written once."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.read_models import ScoreSection


@EVENTS.register
class ScoreReportCreatedDomainEvent(StampedEvent):
    """The grading engine's result, as it gave it."""

    wire_name = "score_report.created"
    emitted_by = "GradingCompletedCommand"
    consumed_by = ("web UI", "LMS")

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
