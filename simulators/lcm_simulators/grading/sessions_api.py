"""/api/v1 of the GradingEngine."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from lcm_simulators.grading.model import (
    CreatePart,
    CreateSession,
    GradingSession,
    PartResult,
    PartState,
    Pod,
    Ruleset,
    StoredRuleset,
)
from lcm_simulators.grading.rulesets import Rulesets
from lcm_simulators.grading.sessions import GradingSessions
from lcm_simulators.grading.settings import GradingSettings


class PartCreated(BaseModel):
    """Answer to POST parts."""

    session_id: str
    part: int


class GradeAccepted(BaseModel):
    """Answer to POST grade: the score comes by event, and is kept under results."""

    session_id: str
    part: int
    state: PartState


def sessions_router(sessions: GradingSessions, settings: GradingSettings) -> APIRouter:
    """Sessions, their parts, and their results."""
    router = APIRouter(prefix="/sessions", tags=["sessions"])

    @router.post("", status_code=201)
    async def create(body: CreateSession) -> GradingSession:
        return sessions.create(body)

    @router.get("")
    async def find(external_id: str | None = None) -> list[GradingSession]:
        return sessions.find(external_id)

    @router.get("/{session_id}")
    async def get(session_id: str) -> GradingSession:
        return sessions.get(session_id)

    @router.post("/{session_id}/parts", status_code=201)
    async def add_part(session_id: str, body: CreatePart | None = None) -> PartCreated:
        return PartCreated(session_id=session_id, part=sessions.add_part(session_id, body or CreatePart()))

    @router.put("/{session_id}/parts/{part}/pod", status_code=204)
    async def put_pod(session_id: str, part: int, body: Pod) -> None:
        sessions.put_pod(session_id, part, body)

    @router.post("/{session_id}/parts/{part}/grade", status_code=202)
    async def grade(session_id: str, part: int, request: Request) -> GradeAccepted:
        state = sessions.grade(session_id, part, settings.public_url or str(request.base_url))
        return GradeAccepted(session_id=session_id, part=part, state=state)

    @router.get("/{session_id}/parts/{part}/results")
    async def results(session_id: str, part: int) -> PartResult:
        graded = sessions.part(session_id, part)
        return PartResult(
            session_id=session_id,
            part=part,
            state=graded.state,
            graded_at=graded.graded_at,
            score=graded.score,
            error=graded.error,
            report_url=graded.report_url if graded.score is not None else None,
        )

    return router


def rulesets_router(rulesets: Rulesets) -> APIRouter:
    """PUT and GET rulesets/{fqn}."""
    router = APIRouter(prefix="/rulesets", tags=["rulesets"])

    @router.put("/{form_qualified_name}")
    async def put(form_qualified_name: str, body: Ruleset) -> StoredRuleset:
        return rulesets.put(form_qualified_name, body)

    @router.get("/{form_qualified_name}")
    async def get(form_qualified_name: str) -> StoredRuleset:
        return rulesets.get(form_qualified_name)

    return router
