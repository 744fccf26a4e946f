"""The learner's side: a page for a person, the same as an API for a script. The signed token is the key to both."""

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
    """GET /api/learner/{token}, POST …/login and …/finish."""
    router = APIRouter(prefix="/api/learner/{token}", tags=["learner"])

    @router.get("")
    async def view(token: str) -> LearnerView:
        return _view(sessions.get(tokens.session_id(token)))

    @router.post("/login")
    async def login(token: str) -> LearnerView:
        return _view(sessions.login(tokens.session_id(token)))

    @router.post("/finish")
    async def finish(token: str) -> LearnerView:
        return _view(sessions.finish(tokens.session_id(token), EndReason.USER_FINISHED, actor="learner"))

    return router


def learner_page_router(sessions: LabSessions, tokens: LaunchTokens) -> APIRouter:
    """GET /learner/{token} and the two forms on it."""
    router = APIRouter(prefix="/learner/{token}", include_in_schema=False)

    def back(token: str) -> RedirectResponse:
        return RedirectResponse(f"/learner/{token}", status_code=303)

    @router.get("")
    async def page(token: str) -> HTMLResponse:
        try:
            session = sessions.get(tokens.session_id(token))
        except LdsError as error:
            return HTMLResponse(render_message("This link does not work", f"Reason: {error}."), error.status)
        return HTMLResponse(render_session(session, f"/learner/{token}"))

    @router.post("/login")
    async def login(token: str) -> Response:
        try:
            sessions.login(tokens.session_id(token))
        except LdsError as error:
            return HTMLResponse(render_message("You cannot log in now", f"Reason: {error}."), error.status)
        return back(token)

    @router.post("/finish")
    async def finish(token: str) -> Response:
        try:
            sessions.finish(tokens.session_id(token), EndReason.USER_FINISHED, actor="learner")
        except LdsError as error:
            return HTMLResponse(render_message("You cannot finish now", f"Reason: {error}."), error.status)
        return back(token)

    return router
