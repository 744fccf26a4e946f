"""/auth: login with the OIDC issuer, who am I, logout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from control_plane_api.api.cookie_authenticator import SessionCookies
from control_plane_api.application.identity import LoginFailed, LoginProvider, PendingLogin, WebSessionStore
from lcm_core.auth import InvalidToken, Principal
from lcm_core.auth.dependencies import authenticate

log = structlog.stdlib.get_logger(__name__)

AUTH_ROUTES = frozenset({"/auth/login", "/auth/callback", "/auth/me", "/auth/logout"})
"""Open to everybody: they find out who somebody is, or ask only that."""


class NoLoginProvider:
    """``LoginProvider`` of a service without an OIDC client for browsers; bearer tokens still work everywhere."""

    _REFUSAL = LoginFailed("this service has no OIDC client for browsers", code="login-not-configured")

    def start(self, return_to: str) -> PendingLogin:
        raise self._REFUSAL

    async def authorization_url(self, login: PendingLogin, state: str) -> str:
        raise self._REFUSAL

    async def finish(self, login: PendingLogin, code: str) -> Principal:
        raise self._REFUSAL

    async def end_session_url(self, return_url: str) -> str | None:
        return None


@dataclass(frozen=True, slots=True)
class BrowserLogin:
    """What the routes below work with; kept in ``app.state.browser_login``."""

    provider: LoginProvider
    sessions: WebSessionStore
    cookies: SessionCookies
    public_url: str


def _browser_login(request: Request) -> BrowserLogin:
    return request.app.state.browser_login


Browser = Annotated[BrowserLogin, Depends(_browser_login)]


class Me(BaseModel):
    """Who is asking."""

    name: str
    subject: str
    roles: list[str] = Field(description="Roles as granted; admin, operator and instructor include lesser ones.")
    session_expires_at: datetime | None = Field(description="When a browser has to log in again; null with a token.")


def local_path(wanted: str) -> str:
    """*wanted* when it is a path on this host, else "/": nobody is sent elsewhere after a login."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local else "/"


router = APIRouter(prefix="/auth", tags=["identity"])


@router.get("/login", summary="Begin a login", status_code=303, response_class=RedirectResponse)
async def login(browser: Browser, next: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    pending = browser.provider.start(local_path(next))
    state = await browser.sessions.remember_login(pending)
    response = RedirectResponse(await browser.provider.authorization_url(pending, state), status_code=303)
    browser.cookies.set_login_state(response, state)
    return response


@router.get("/callback", summary="Come back from the issuer", status_code=303, response_class=RedirectResponse)
async def callback(
    request: Request,
    browser: Browser,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    try:
        pending = await _begun_login(browser, request, state)
        if error or not code:
            raise LoginFailed(f"the issuer answered {error or 'without a code'}")
        principal = await browser.provider.finish(pending, code)
    except (LoginFailed, InvalidToken) as failure:
        log.warning("login_failed", why=failure.message)
        return RedirectResponse(f"/login?{urlencode({'error': failure.code})}", status_code=303)
    key, session = await browser.sessions.begin(principal)
    response = RedirectResponse(pending.return_to, status_code=303)
    browser.cookies.set_session(response, key, session)
    return response


async def _begun_login(browser: BrowserLogin, request: Request, state: str) -> PendingLogin:
    """The login that this very browser began; a state that was slipped to it from elsewhere is refused."""
    if not state or browser.cookies.login_state_in(request) != state:
        raise LoginFailed("it was begun in another browser, or too long ago", code="login-state-mismatch")
    pending = await browser.sessions.take_login(state)
    if pending is None:
        raise LoginFailed("it was begun too long ago, or is finished already", code="login-state-mismatch")
    return pending


@router.get("/me", summary="Who am I")
async def me(
    request: Request, response: Response, browser: Browser, principal: Annotated[Principal, Depends(authenticate)]
) -> Me:
    key = browser.cookies.key_in(request)
    session = await browser.sessions.find(key) if key else None
    response.headers["Cache-Control"] = "no-store"
    return Me(
        name=principal.name,
        subject=principal.subject,
        roles=sorted(role.value for role in principal.roles),
        session_expires_at=session.expires_at if session else None,
    )


@router.get("/logout", summary="End the browser's session", status_code=303, response_class=RedirectResponse)
async def logout(request: Request, browser: Browser) -> Response:
    """A link, so that it works without script; a request that another site made the browser send is not followed."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return RedirectResponse("/", status_code=303)
    key = browser.cookies.key_in(request)
    if key is not None:
        await browser.sessions.end(key)
    elsewhere = await browser.provider.end_session_url(f"{browser.public_url}/") if key is not None else None
    response = RedirectResponse(elsewhere or "/", status_code=303)
    browser.cookies.clear(response)
    return response
