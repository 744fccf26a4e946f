"""The learner's side: a page for a person, the same as an API for a script. The signed token is the key to both."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from pydantic import BaseModel

from lcm_simulators.lds.errors import LdsError
from lcm_simulators.lds.launch import LaunchTokens
from lcm_simulators.lds.learner_page import render_message, render_session
from lcm_simulators.lds.model import Device, EndReason, LabSession, SessionState
from lcm_simulators.lds.sessions import LabSessions
from lcm_simulators.lds.timing import current_part, seconds_left


class LearnerView(BaseModel):
    """What a learner may know of the session; devices only while it is under way."""

    session_id: str
    state: SessionState
    started_at: datetime | None
    seconds_left: float | None
    devices: list[Device]


def _view(session: LabSession) -> LearnerView:
    open_ = session.state in (SessionState.RUNNING, SessionState.PAUSED)
    return LearnerView(
        session_id=session.session_id,
        state=session.state,
        started_at=session.started_at,
        seconds_left=seconds_left(session) if open_ else None,
        devices=current_part(session).devices if open_ else [],
    )


def learner_api_router(sessions: LabSessions, tokens: LaunchTokens) -> APIRouter:
    """GET /api/learner/{token}, POST …/login, …/pause, …/resume and …/finish."""
    router = APIRouter(prefix="/api/learner/{token}", tags=["learner"])

    @router.get("")
    async def view(token: str) -> LearnerView:
        return _view(sessions.get(tokens.session_id(token)))

    @router.post("/login")
    async def login(token: str) -> LearnerView:
        return _view(sessions.login(tokens.session_id(token)))

    @router.post("/pause")
    async def pause(token: str) -> LearnerView:
        return _view(sessions.pause(tokens.session_id(token), actor="learner"))

    @router.post("/resume")
    async def resume(token: str) -> LearnerView:
        return _view(sessions.resume(tokens.session_id(token), actor="learner"))

    @router.post("/finish")
    async def finish(token: str) -> LearnerView:
        return _view(sessions.finish(tokens.session_id(token), EndReason.USER_FINISHED, actor="learner"))

    return router


def learner_page_router(sessions: LabSessions, tokens: LaunchTokens) -> APIRouter:
    """GET /learner/{token} and the forms on it."""
    router = APIRouter(prefix="/learner/{token}", include_in_schema=False)

    @router.get("")
    async def page(token: str) -> HTMLResponse:
        try:
            session = sessions.get(tokens.session_id(token))
        except LdsError as error:
            return HTMLResponse(render_message("This link does not work", f"Reason: {error}."), error.status)
        return HTMLResponse(render_session(session, f"/learner/{token}"))

    def form(path: str, to_do: str, act: Callable[[str], object]) -> None:
        @router.post(path)
        async def post(token: str) -> Response:
            try:
                act(tokens.session_id(token))
            except LdsError as error:
                return HTMLResponse(render_message(f"You cannot {to_do} now", f"Reason: {error}."), error.status)
            return RedirectResponse(f"/learner/{token}", status_code=303)

    form("/login", "log in", sessions.login)
    form("/pause", "pause", lambda session_id: sessions.pause(session_id, actor="learner"))
    form("/resume", "go on", lambda session_id: sessions.resume(session_id, actor="learner"))
    form(
        "/finish",
        "finish",
        lambda session_id: sessions.finish(session_id, EndReason.USER_FINISHED, actor="learner"),
    )
    return router
