"""What a worker's score is made of, from the record of a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field

from lcm_core.domain.read_models import PlacementDecision, ScoringWeights
from lcm_core.placement.fleet import PlacementRequest, WorkerSnapshot
from lcm_core.placement.inputs import recorded_fleet, recorded_request
from lcm_core.placement.scoring import DEFAULT_WEIGHTS, fit_score, shares_in_use


class ScoreReason(StrEnum):
    """What gives points, each with a weight of its own."""

    FULLNESS = "fullness"
    BUSY = "busy"
    PROMISE = "promise"
    PREPARED = "prepared"


class ScorePart(BaseModel):
    reason: ScoreReason
    weight: float
    value: float = Field(description="From 0 to 1: the mean share in use, or whether it is so.")
    points: float = Field(description="Value times weight; the points of all parts add up to the score.")


class WorkerScore(BaseModel):
    """Of a worker that could take the session."""

    worker_id: str
    score: float
    parts: list[ScorePart]
    shares: dict[str, float] = Field(description="Of each dimension the share in use after placing, at its peak.")


_FIELDS: Mapping[ScoreReason, str] = {
    ScoreReason.FULLNESS: "fullness",
    ScoreReason.BUSY: "busy_bonus",
    ScoreReason.PROMISE: "promise_bonus",
    ScoreReason.PREPARED: "prepared_bonus",
}
_NOTHING = dict.fromkeys(_FIELDS.values(), 0.0)


def score_parts(record: PlacementDecision) -> list[WorkerScore]:
    """Of each candidate that was eligible, in their order; none of a record of engine version 1, which kept no inputs.

    Each part is the score under rules by which nothing else counts: there is one rule that gives points.
    """
    if record.inputs is None:
        return []
    request = recorded_request(record.session_id, record.inputs)
    fleet = recorded_fleet(record.at, record.candidates, record.inputs)
    weights = record.weights or DEFAULT_WEIGHTS
    return [
        WorkerScore(
            worker_id=worker.id,
            score=verdict.score,
            parts=[_part(reason, worker, request, record.at, weights) for reason in ScoreReason],
            shares=shares_in_use(worker, request, record.at),
        )
        for worker, verdict in zip(fleet.workers, record.candidates, strict=True)
        if verdict.score is not None
    ]


def _part(
    reason: ScoreReason, worker: WorkerSnapshot, request: PlacementRequest, at: datetime, weights: ScoringWeights
) -> ScorePart:
    field = _FIELDS[reason]
    value = fit_score(worker, request, at, ScoringWeights(**{**_NOTHING, field: 1.0}))
    weight: float = getattr(weights, field)
    return ScorePart(reason=reason, weight=weight, value=value, points=round(value * weight, 6))
