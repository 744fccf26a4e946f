"""/auth: login with the OIDC issuer, who am I, logout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from control_plane_api.api.access import Anybody
from control_plane_api.api.cookie_authenticator import SessionCookies
from control_plane_api.application.identity import Browser as KnownBrowser
from control_plane_api.application.identity import (
    Ending,
    LoggedIn,
    LoginFailed,
    LoginNotConfigured,
    LoginProvider,
    LogoutNotice,
    PendingLogin,
    WebSessionStore,
)
from lcm_core.auth import InvalidToken, RateLimits, Unauthenticated
from lcm_core.auth.dependencies import authenticate
from lcm_core.auth.rate_limits import LOGIN, remote_address
from lcm_core.auth.token_verifier import LONGEST_TOKEN
from lcm_core.hosting import note_refusal

log = structlog.stdlib.get_logger(__name__)

AUTH_ROUTES = frozenset({"/auth/login", "/auth/callback", "/auth/me", "GET /auth/logout", "/auth/backchannel-logout"})
"""Open to everybody: they find out who somebody is, or ask only that."""


class NoLoginProvider:
    """``LoginProvider`` of a service without an OIDC client for browsers; bearer tokens still work everywhere."""

    def start(self, return_to: str) -> PendingLogin:
        raise LoginNotConfigured

    async def authorization_url(self, login: PendingLogin, state: str) -> str:
        raise LoginNotConfigured

    async def finish(self, login: PendingLogin, code: str) -> LoggedIn:
        raise LoginNotConfigured

    async def logged_out(self, logout_token: str) -> LogoutNotice:
        raise LoginNotConfigured

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

    authenticated: bool = Field(description="False for a browser that is not logged in; the rest is empty then.")
    name: str = ""
    subject: str = ""
    roles: list[str] = Field(
        default=[], description="Roles as granted; admin, operator and instructor include lesser ones."
    )
    session_expires_at: datetime | None = Field(
        default=None, description="When a browser has to log in again; null with a token."
    )
    session_idle_until: datetime | None = Field(
        default=None, description="When that comes earlier, because nothing was asked; null with a token."
    )


class LoggedOut(BaseModel):
    """What is left to do after a logout."""

    ended_sessions: int
    redirect_to: str = Field(description="Where the browser ends its session at the issuer, else the start page.")


class OwnSession(BaseModel):
    """A browser that the caller is logged in with."""

    remote_address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_this_one: bool


def local_path(wanted: str) -> str:
    """*wanted* when it is a path on this host, else "/": nobody is sent elsewhere after a login."""
    is_local = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if is_local else "/"


router = APIRouter(prefix="/auth", tags=["identity"])


async def _limited(request: Request) -> None:
    """Counts logins by address: guessing a state, or keeping the issuer busy, comes to an end soon."""
    _limits(request).admit_unknown(request, LOGIN)


def _limits(request: Request) -> RateLimits:
    return request.app.state.rate_limits


LIMITED = [Depends(_limited)]


@router.get(
    "/login",
    summary="Begin a login",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=LIMITED,
)
async def login(browser: Browser, next: Annotated[str, Query(max_length=2000)] = "/") -> Response:
    pending = browser.provider.start(local_path(next))
    state = await browser.sessions.remember_login(pending)
    response = RedirectResponse(await browser.provider.authorization_url(pending, state), status_code=303)
    browser.cookies.set_login_state(response, state)
    return response


@router.get(
    "/callback",
    summary="Come back from the issuer",
    status_code=303,
    response_class=RedirectResponse,
    dependencies=LIMITED,
)
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
        who = await browser.provider.finish(pending, code)
    except (LoginFailed, InvalidToken) as failure:
        log.warning("login_failed", why=failure.message)
        note_refusal(request, status=401, code=failure.code, reason=failure.message)
        return RedirectResponse(f"/login?{urlencode({'error': failure.code})}", status_code=303)
    await _end_this(browser, request, Ending(who.principal.subject, "logged in again"))
    key, session = await browser.sessions.begin(who, _told_by(request))
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


def _told_by(request: Request) -> KnownBrowser:
    return KnownBrowser(remote_address(request), request.headers.get("User-Agent", ""))


@router.get("/me", summary="Who am I")
async def me(request: Request, response: Response, browser: Browser) -> Me:
    """Answers a browser that is not logged in as well: not to be logged in is no error. A bad token is 401."""
    response.headers["Cache-Control"] = "no-store"
    try:
        principal = await authenticate(request)
    except Unauthenticated:
        if "Authorization" in request.headers:
            raise
        browser.cookies.clear(response)
        return Me(authenticated=False)
    key = browser.cookies.key_in(request)
    session = await browser.sessions.find(key) if key else None
    return Me(
        authenticated=True,
        name=principal.name,
        subject=principal.subject,
        roles=sorted(role.value for role in principal.roles),
        session_expires_at=session.expires_at if session else None,
        session_idle_until=session.idle_until if session else None,
    )


@router.get("/sessions", summary="Browsers that I am logged in with")
async def own_sessions(request: Request, browser: Browser, principal: Anybody) -> list[OwnSession]:
    known = await browser.sessions.live_of(principal.subject, this_key=browser.cookies.key_in(request))
    return [
        OwnSession(
            remote_address=each.browser.remote_address,
            user_agent=each.browser.user_agent,
            created_at=each.created_at,
            last_seen_at=each.last_seen_at,
            expires_at=each.expires_at,
            is_this_one=each.is_this_one,
        )
        for each in known
    ]


@router.get("/logout", summary="End the browser's session", status_code=303, response_class=RedirectResponse)
async def logout(request: Request, browser: Browser) -> Response:
    """A link, so that it works without script; a request that another site made the browser send is not followed."""
    if not _came_from_here(request, browser.public_url):
        return RedirectResponse("/", status_code=303)
    ended = await _end_this(browser, request, Ending("its owner", "logged out"))
    response = RedirectResponse(await _way_out(browser) if ended else "/", status_code=303)
    browser.cookies.clear(response)
    return response


def _came_from_here(request: Request, public_url: str) -> bool:
    """Whether a page of ours, or a person who typed the address, led to this request.

    Browsers say so in ``Sec-Fetch-Site``; over plain http they leave it out, and the page's address has to tell.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    return request.headers.get("Referer", "").startswith(f"{public_url}/")


@router.post("/logout", summary="End the browser's session, from a script")
async def logout_by_script(request: Request, response: Response, browser: Browser, principal: Anybody) -> LoggedOut:
    """Needs the CSRF token like every change that is made with the cookie."""
    ended = await _end_this(browser, request, Ending(principal.subject, "logged out"))
    browser.cookies.clear(response)
    return LoggedOut(ended_sessions=ended, redirect_to=await _way_out(browser) if ended else "/")


@router.post("/logout-everywhere", summary="End every session that I have, in all browsers")
async def logout_everywhere(request: Request, response: Response, browser: Browser, principal: Anybody) -> LoggedOut:
    """Live streams of these sessions end within seconds. A token that was given out holds until it expires."""
    mine = LogoutNotice(principal.subject, None)
    ended = await browser.sessions.end_all(mine, Ending(principal.subject, "logged out everywhere"))
    had_session = browser.cookies.key_in(request) is not None
    browser.cookies.clear(response)
    return LoggedOut(ended_sessions=ended, redirect_to=await _way_out(browser) if had_session else "/")


@router.post("/backchannel-logout", summary="The issuer ended a login")
async def backchannel_logout(
    request: Request, browser: Browser, response: Response, logout_token: Annotated[str, Form(max_length=LONGEST_TOKEN)]
) -> None:
    """OpenID Connect Back-Channel Logout 1.0. The token proves that the issuer says so; sent twice it ends nothing.

    The issuer may send as many as logins end, from one address; only tokens that do not hold are counted.
    Where these were too many, none is looked at.
    """
    response.headers["Cache-Control"] = "no-store"
    _limits(request).require_left_unknown(request)
    try:
        notice = await browser.provider.logged_out(logout_token)
    except (LoginFailed, LoginNotConfigured) as failure:
        _limits(request).admit_unknown(request)
        raise HTTPException(400, f"Nobody was logged out. {failure.message}") from failure
    ended = await browser.sessions.end_all(notice, Ending("the issuer", "logged out at the issuer"))
    log.info("logged_out_at_issuer", subject=notice.subject, ended_sessions=ended)


async def _end_this(browser: BrowserLogin, request: Request, ending: Ending) -> int:
    key = browser.cookies.key_in(request)
    if key is None:
        return 0
    await browser.sessions.end(key, ending)
    return 1


async def _way_out(browser: BrowserLogin) -> str:
    return await browser.provider.end_session_url(f"{browser.public_url}/") or "/"
