"""One placement decision, its scores taken apart, and the same question asked again by the rules of today."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel, Field

from lcm_core.application.mediator import Query
from lcm_core.domain.read_models import CandidateVerdict, PlacementDecision
from lcm_core.domain.read_models.placement import PlacementOutcome
from lcm_core.placement.engine import ENGINE_VERSION
from lcm_core.placement.replay import replay
from lcm_core.placement.score_parts import WorkerScore, score_parts


class OtherVerdict(BaseModel):
    """A worker that is judged otherwise by the rules of today."""

    worker_id: str
    worker_name: str
    before: CandidateVerdict
    after: CandidateVerdict


class DecidedAgain(BaseModel):
    """The decision made again from what it was made from, with the weights of then, by the engine of today."""

    engine_version: str
    same: bool = Field(description="Whether outcome, worker and every verdict come out as they did.")
    outcome: PlacementOutcome
    worker_id: str | None
    summary: str
    otherwise: list[OtherVerdict]


class ExplainedDecision(BaseModel):
    """``scores`` is empty, and ``again`` null, for a decision of engine version 1, which kept no inputs."""

    decision: PlacementDecision
    scores: list[WorkerScore] = Field(description="Of the workers that could take it: what their points are for.")
    again: DecidedAgain | None


class KeptDecisions(Protocol):
    async def placement_decision(self, id: str) -> PlacementDecision:
        """Raises ``NotFound``."""
        ...


@dataclass(frozen=True, slots=True)
class GetPlacementDecisionQuery(Query[ExplainedDecision]):
    decision_id: str


class GetPlacementDecisionQueryHandler:
    def __init__(self, decisions: KeptDecisions) -> None:
        self._decisions = decisions

    async def handle(self, query: GetPlacementDecisionQuery) -> ExplainedDecision:
        """Raises ``NotFound``."""
        decision = await self._decisions.placement_decision(query.decision_id)
        # Judging a large fleet again takes some hundred milliseconds: others are answered meanwhile.
        return await asyncio.to_thread(_explained, decision)


def _explained(decision: PlacementDecision) -> ExplainedDecision:
    if decision.inputs is None:
        return ExplainedDecision(decision=decision, scores=[], again=None)
    return ExplainedDecision(decision=decision, scores=score_parts(decision), again=_again(decision))


def _again(decision: PlacementDecision) -> DecidedAgain:
    now = replay(decision)
    otherwise = [
        OtherVerdict(worker_id=before.worker_id, worker_name=before.worker_name, before=before, after=after)
        for before, after in zip(decision.candidates, now.candidates, strict=True)
        if before != after
    ]
    return DecidedAgain(
        engine_version=ENGINE_VERSION,
        same=not otherwise and (decision.outcome, decision.worker_id) == (now.outcome, now.worker_id),
        outcome=now.outcome,
        worker_id=now.worker_id,
        summary=now.summary,
        otherwise=otherwise,
    )
