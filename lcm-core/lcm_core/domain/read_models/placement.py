"""A placement decision, kept so that anybody can ask later why."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from lcm_core.domain.read_models.base import ReadModel


class PlacementOutcome(StrEnum):
    ASSIGN = "assign"
    SCALE_UP = "scale_up"
    WAIT = "wait"


class CandidateVerdict(ReadModel):
    """One worker's first failing check, or its score when it passed them all.

    ``reason_code`` is one of status, license, ami, capacity, ports; None when eligible.
    """

    worker_id: str
    worker_name: str
    eligible: bool
    reason_code: str | None = None
    detail: str = ""
    score: float | None = None


class PlacementDecision(ReadModel):
    """``summary`` is one sentence: "0/12 workers: 7 capacity, 3 license, 2 status"; the counts add up to the total."""

    id: str
    session_id: str
    at: AwareDatetime
    outcome: PlacementOutcome
    worker_id: str | None = None
    template_name: str | None = None
    summary: str
    reason_counts: dict[str, int] = Field(default_factory=dict)
    candidates: tuple[CandidateVerdict, ...] = ()
    engine_version: str
