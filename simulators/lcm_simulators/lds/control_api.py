"""What tests ask the simulator, not what LDS offers."""

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from lcm_simulators.lds.model import EndReason, SessionState
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


def control_router(sessions: LabSessions) -> APIRouter:
    """GET /_sim/sessions: every session ever made."""
    router = APIRouter(prefix="/_sim", tags=["simulator"])

    @router.get("/sessions")
    async def all_sessions() -> list[SessionSummary]:
        return [
            SessionSummary(
                **session.model_dump(
                    include={"session_id", "auth_id", "state", "created_at", "started_at", "ended_at", "end_reason"}
                ),
                open=session.state is not SessionState.ARCHIVED,
                device_count=sum(len(part.devices) for part in session.session_parts),
            )
            for session in sessions.find()
        ]

    return router
