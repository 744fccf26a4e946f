"""The token of one CML host: logged in for once, kept until the host refuses it."""

from __future__ import annotations

import asyncio

import httpx2
from pydantic import SecretStr

from lcm_core.domain.errors import FarEndError


class CmlTokenSource:
    """``lcm_core.auth.token_source.TokenSource`` over POST /authenticate; callers at one time share one log-in."""

    def __init__(
        self, http: httpx2.AsyncClient, *, username: str, password: SecretStr, deadline_seconds: float
    ) -> None:
        self._http = http
        self._username = username
        self._password = password
        self._deadline_seconds = deadline_seconds
        self._token: str | None = None
        self._logging_in = asyncio.Lock()

    async def token(self) -> str:
        async with self._logging_in:
            if self._token is None:
                self._token = await self._log_in()
            return self._token

    def invalidate(self, token: str) -> None:
        if token == self._token:
            self._token = None

    async def _log_in(self) -> str:
        body = {"username": self._username, "password": self._password.get_secret_value()}
        try:
            async with asyncio.timeout(self._deadline_seconds):
                response = await self._http.post("/api/v0/authenticate", json=body)
        except (TimeoutError, httpx2.HTTPError) as error:
            why = str(error) or type(error).__name__
            raise FarEndError(
                "cml", f"CML at {self._http.base_url} let nobody log in: {why}", retryable=True
            ) from error
        if response.status_code in (401, 403):
            raise FarEndError(
                "cml",
                f"CML at {self._http.base_url} refuses user {self._username!r}: check the CML user name and password.",
                retryable=False,
                code="far-end-refused-credentials",
            )
        token = response.json() if response.is_success else None
        if not isinstance(token, str):
            raise FarEndError(
                "cml", f"CML at {self._http.base_url} answered {response.status_code} to a log-in.", retryable=True
            )
        return token
