"""/api/v1/web-sessions: who is logged in with a browser, and logging somebody out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from control_plane_api.api.access import Admin
from control_plane_api.api.request_conditions import Change
from control_plane_api.application.identity import Ending, LogoutNotice, WebSessionStore
from lcm_core.contracts.base import Contract

log = structlog.stdlib.get_logger(__name__)

router = APIRouter(prefix="/api/v1/web-sessions", tags=["identity"])

Subject = Annotated[str, Field(min_length=1, max_length=200, description="`sub` of the person, as in /auth/me.")]


class WebSessionRow(BaseModel):
    """A browser that a person is logged in with."""

    subject: str
    name: str
    roles: list[str] = Field(description="As the issuer told at the login.")
    remote_address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class EndWebSessions(Contract):
    subject: Subject
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class EndedWebSessions(BaseModel):
    ended_sessions: int


def _store(request: Request) -> WebSessionStore:
    return request.app.state.browser_login.sessions


@router.get("", summary="Browsers that people are logged in with, the last used first")
async def list_web_sessions(
    request: Request,
    _: Admin,
    subject: Annotated[
        str | None, Query(min_length=1, max_length=200, description="Of this person only; else of everybody.")
    ] = None,
) -> list[WebSessionRow]:
    """Two hundred at the most."""
    return [
        WebSessionRow(
            subject=each.subject,
            name=each.name,
            roles=list(each.roles),
            remote_address=each.browser.remote_address,
            user_agent=each.browser.user_agent,
            created_at=each.created_at,
            last_seen_at=each.last_seen_at,
            expires_at=each.expires_at,
        )
        for each in await _store(request).live_of(subject)
    ]


@router.post("/end", summary="Log a person out of every browser")
async def end_web_sessions(
    request: Request, body: EndWebSessions, principal: Admin, change: Change
) -> EndedWebSessions:
    """Kept with each session until it would have expired: who ended it, and why. Repeated, it ends what began since."""

    async def end() -> EndedWebSessions:
        ending = Ending(principal.subject, body.reason)
        ended = await _store(request).end_all(LogoutNotice(body.subject, None), ending)
        log.info("web_sessions_ended", subject=body.subject, by=principal.subject, why=body.reason, ended=ended)
        return EndedWebSessions(ended_sessions=ended)

    return await change.find_out(end)
