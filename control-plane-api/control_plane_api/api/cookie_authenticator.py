"""Lets a browser in by the cookie of its session, and sees to it that no other site acts in its name."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from fastapi import Request, Response

from control_plane_api.application.identity import WebSession, WebSessionStore
from lcm_core.auth import Forbidden, InvalidToken, Principal
from lcm_core.domain.errors import LcmError

CSRF_HEADER = "X-CSRF-Token"
CSRF_COOKIE = "lcm_csrf"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfTokenMissing(Forbidden):
    """403: a request with a session cookie would change something but does not prove where it comes from."""

    def __init__(self) -> None:
        LcmError.__init__(
            self,
            f"A change made with a session cookie needs the header {CSRF_HEADER} with the value of the cookie "
            f"{CSRF_COOKIE}. Reload the page and try again.",
            code="csrf-token-missing",
        )


@dataclass(frozen=True, slots=True)
class SessionCookies:
    """Writes and reads the cookies. Over https their key carries ``__Host-``, which no subdomain can set."""

    secure: bool
    max_age_seconds: int

    @property
    def session_name(self) -> str:
        return "__Host-lcm_session" if self.secure else "lcm_session"

    @property
    def login_name(self) -> str:
        return "__Host-lcm_login" if self.secure else "lcm_login"

    def key_in(self, request: Request) -> str | None:
        return request.cookies.get(self.session_name)

    def login_state_in(self, request: Request) -> str | None:
        return request.cookies.get(self.login_name)

    def set_login_state(self, response: Response, state: str) -> None:
        response.set_cookie(
            self.login_name, state, max_age=600, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def set_session(self, response: Response, key: str, session: WebSession) -> None:
        self._delete(response, self.login_name, httponly=True)
        age = self.max_age_seconds
        response.set_cookie(
            self.session_name, key, max_age=age, path="/", secure=self.secure, httponly=True, samesite="lax"
        )
        response.set_cookie(CSRF_COOKIE, session.csrf_token, max_age=age, path="/", secure=self.secure, samesite="lax")

    def clear(self, response: Response) -> None:
        self._delete(response, self.session_name, httponly=True)
        self._delete(response, CSRF_COOKIE, httponly=False)

    def _delete(self, response: Response, name: str, *, httponly: bool) -> None:
        response.delete_cookie(name, path="/", secure=self.secure, httponly=httponly, samesite="lax")


class CookieAuthenticator:
    """Implements ``lcm_core.auth.Authenticator`` with the session cookie.

    A second look at a stream that stays open is no use of the session: an open page alone does not keep it alive.
    """

    def __init__(self, sessions: WebSessionStore, cookies: SessionCookies) -> None:
        self._sessions = sessions
        self._cookies = cookies

    async def authenticate(self, request: Request) -> Principal | None:
        key = self._cookies.key_in(request)
        if key is None:
            return None
        is_second_look = getattr(request.state, "is_second_look", False)
        session = await self._sessions.find(key, is_used=not is_second_look)
        if session is None:
            raise InvalidToken("the session has ended; log in again")
        if request.method not in _SAFE_METHODS:
            sent = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(sent.encode(), session.csrf_token.encode()):
                raise CsrfTokenMissing
        return session.principal
