"""People who come with a browser: what is known of a login under way and of the session that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lcm_core.auth import Principal, Unauthenticated
from lcm_core.domain.errors import DomainError


class LoginNotConfigured(DomainError):
    def __init__(self) -> None:
        super().__init__(
            "Nobody can log in here: this service has no OIDC client for browsers. Use a bearer token.",
            code="login-not-configured",
        )


class LoginFailed(Unauthenticated):
    """The issuer's answer logs nobody in. A browser is sent to `/login?error=<code>`; the attempt is on record."""

    def __init__(self, why: str, *, code: str = "login-failed") -> None:
        """*why* is fit to be shown."""
        super().__init__(f"The login did not succeed: {why}.", code=code)
        self.why = why


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """What must be remembered between sending a browser to the issuer and its return."""

    nonce: str
    code_verifier: str
    return_to: str


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who came back from the issuer, and the issuer's own name for that login (``sid``), if it gives one."""

    principal: Principal
    issuer_session: str | None


@dataclass(frozen=True, slots=True)
class WebSession:
    """A logged-in browser. ``csrf_token`` must come back in a header with every request that changes something.

    It ends at ``idle_until`` unless something is asked before, and at ``expires_at`` in any case.
    """

    principal: Principal
    csrf_token: str
    expires_at: datetime
    idle_until: datetime


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a session was begun, as the browser told it: for its owner to recognise it by."""

    remote_address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class KnownSession:
    """A live session as its owner and admins may see it: without anything that opens it."""

    subject: str
    name: str
    roles: tuple[str, ...]
    browser: Browser
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_this_one: bool


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """The issuer ended one login (*issuer_session*), or all of *subject* where it names no login."""

    subject: str | None
    issuer_session: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended sessions, and why; kept with each until it would have expired."""

    by: str
    reason: str


class LoginProvider(Protocol):
    """The OIDC issuer as a confidential client sees it."""

    def start(self, return_to: str) -> PendingLogin: ...

    async def authorization_url(self, login: PendingLogin, state: str) -> str:
        """Where to send the browser. Raises ``IssuerUnavailable``."""
        ...

    async def finish(self, login: PendingLogin, code: str) -> LoggedIn:
        """The person who logged in. Raises ``LoginFailed``, ``InvalidToken`` or ``IssuerUnavailable``."""
        ...

    async def logged_out(self, logout_token: str) -> LogoutNotice:
        """What the issuer says by back-channel logout. Raises ``LoginFailed`` or ``IssuerUnavailable``."""
        ...

    async def end_session_url(self, return_url: str) -> str | None:
        """Where a browser ends its session at the issuer, if the issuer has such a place."""
        ...


class WebSessionStore(Protocol):
    async def remember_login(self, login: PendingLogin) -> str:
        """Keep *login* for ten minutes; the answer is the state that the browser brings back."""
        ...

    async def take_login(self, state: str) -> PendingLogin | None:
        """The login remembered under *state*, once: the second caller gets None."""
        ...

    async def begin(self, who: LoggedIn, browser: Browser) -> tuple[str, WebSession]:
        """A new session: its key, which only the browser keeps, and what belongs to it."""
        ...

    async def find(self, key: str, *, is_used: bool = True) -> WebSession | None:
        """The live session of *key*, None when it ended or never was; used, it is idle from now on."""
        ...

    async def end(self, key: str, ending: Ending) -> None: ...

    async def end_all(self, notice: LogoutNotice, ending: Ending) -> int:
        """End every live session that *notice* is about; the answer is how many."""
        ...

    async def live_of(self, subject: str | None, *, this_key: str | None = None) -> Sequence[KnownSession]:
        """The live sessions of a person, or of everybody; the last used first, and not more than some."""
        ...
