"""Children of a lablet session: delivery, grading and score, each in a collection of its own."""

from __future__ import annotations

from typing import Any

from pydantic import AwareDatetime

from lcm_core.domain.enums import GradingSessionStatus, UserSessionStatus
from lcm_core.domain.read_models.base import AggregateReadModel, ReadModel
from lcm_core.domain.values import DeviceAccess


class UserSessionReadModel(AggregateReadModel):
    lablet_session_id: str
    lds_session_id: str
    lds_deployment: str = ""
    form_qualified_name: str
    login_url: str
    devices: tuple[DeviceAccess, ...]
    status: UserSessionStatus
    started_at: AwareDatetime | None = None
    clock_changed_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    end_reason: str = ""


class GradingSessionReadModel(AggregateReadModel):
    lablet_session_id: str
    form_qualified_name: str
    status: GradingSessionStatus
    engine_session_id: str | None = None
    engine_part_id: str | None = None
    device_count: int = 0
    devices_missing: tuple[str, ...] = ()
    started_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    error: str = ""
    attempt: int = 1
    reason: str = ""


class ScoreSection(ReadModel):
    name: str
    score: float
    max_score: float
    items: tuple[dict[str, Any], ...] = ()


class ScoreReportReadModel(AggregateReadModel):
    lablet_session_id: str
    grading_session_id: str
    score: float
    max_score: float
    cut_score: float
    passed: bool
    sections: tuple[ScoreSection, ...]
    report_url: str = ""
    submitted_at: AwareDatetime
    attempt: int = 1
    reason: str = ""
