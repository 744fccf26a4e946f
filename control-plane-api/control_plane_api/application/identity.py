"""People who come with a browser: what is known of a login under way and of the session that follows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from lcm_core.auth import Principal
from lcm_core.domain.errors import LcmError


class LoginFailed(LcmError):
    """The issuer's answer does not log anybody in; *why* is fit to be shown."""

    def __init__(self, why: str, *, code: str = "login-failed") -> None:
        super().__init__(f"The login did not succeed: {why}.", code=code)
        self.why = why


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """What must be remembered between sending a browser to the issuer and its return."""

    nonce: str
    code_verifier: str
    return_to: str


@dataclass(frozen=True, slots=True)
class WebSession:
    """A logged-in browser. ``csrf_token`` must come back in a header with every request that changes something."""

    principal: Principal
    csrf_token: str
    expires_at: datetime


class LoginProvider(Protocol):
    """The OIDC issuer as a confidential client sees it."""

    def start(self, return_to: str) -> PendingLogin: ...

    async def authorization_url(self, login: PendingLogin, state: str) -> str:
        """Where to send the browser. Raises ``IssuerUnavailable``."""
        ...

    async def finish(self, login: PendingLogin, code: str) -> Principal:
        """The person who logged in. Raises ``LoginFailed``, ``InvalidToken`` or ``IssuerUnavailable``."""
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

    async def begin(self, principal: Principal) -> tuple[str, WebSession]:
        """A new session: its key, which only the browser keeps, and what belongs to it."""
        ...

    async def find(self, key: str) -> WebSession | None:
        """The live session of *key*, None when it ended or never was."""
        ...

    async def end(self, key: str) -> None: ...
