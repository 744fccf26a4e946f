"""What tests ask the simulator, not what LDS offers."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from lcm_simulators.lds.model import EndReason, LabSession, SessionState
from lcm_simulators.lds.sessions import LabSessions


class SessionSummary(BaseModel):
    """One session in short. `open` means that nobody has released it."""

    session_id: str
    auth_id: str
    state: SessionState
    open: bool
    device_count: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None


class Breakdown(BaseModel):
    """What goes wrong with a session."""

    error: str = Field(default="the session was lost", min_length=1)


def control_router(sessions: LabSessions) -> APIRouter:
    """GET /_sim/sessions: every session ever made; POST …/{session_id}/fault: let one break down."""
    router = APIRouter(prefix="/_sim/sessions", tags=["simulator"])

    @router.get("")
    async def all_sessions() -> list[SessionSummary]:
        return [_summary(session) for session in sessions.find()]

    @router.post("/{session_id}/fault")
    async def fault(session_id: str, body: Breakdown | None = None) -> SessionSummary:
        return _summary(sessions.fault(session_id, (body or Breakdown()).error))

    return router


def _summary(session: LabSession) -> SessionSummary:
    return SessionSummary(
        **session.model_dump(
            include={"session_id", "auth_id", "state", "created_at", "started_at", "ended_at", "end_reason"}
        ),
        open=session.state is not SessionState.ARCHIVED,
        device_count=sum(len(part.devices) for part in session.session_parts),
    )
