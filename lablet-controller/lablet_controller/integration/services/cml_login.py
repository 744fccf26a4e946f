"""The token that one CML host gives for the fleet's credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from pydantic import SecretStr

from lablet_controller.application.ports.cml_labs import CmlAccessDenied, CmlError, CmlHost
from lcm_core.domain.errors import FarEndError, LcmError
from lcm_core.integration.http import JsonHttpClient


class CmlLogin:
    """Logs in on first use and again after the token was refused; callers that come meanwhile wait for that one.

    Implements ``TokenSource``. A wrong password answers 403 and is not tried again by itself: CML may lock the account.
    """

    def __init__(self, host: CmlHost, http: JsonHttpClient, username: str, password: SecretStr) -> None:
        self._host = host
        self._http = http
        self._username = username
        self._password = password
        self._lock = asyncio.Lock()
        self._token: str | None = None

    async def token(self) -> str:
        async with self._lock:
            if self._token is None:
                self._token = await self._authenticate()
            return self._token

    def invalidate(self, token: str) -> None:
        if self._token == token:
            self._token = None

    async def _authenticate(self) -> str:
        body: Mapping[str, str] = {"username": self._username, "password": self._password.get_secret_value()}
        try:
            answer = await self._http.request("POST", "/api/v0/authenticate", json=body, idempotent=True)
        except FarEndError as error:
            if error.retryable:
                raise CmlError(self._host, f"no login: {error.message}", retryable=True) from error
            raise self._denied(error) from error
        except LcmError as error:
            raise self._denied(error) from error
        if not isinstance(answer, str) or not answer:
            raise CmlError(self._host, "its login answered something that is not a token", retryable=False)
        return answer

    def _denied(self, error: LcmError) -> CmlAccessDenied:
        status = error.facts.get("status")
        return CmlAccessDenied(
            self._host,
            f"user {self._username!r} is not let in ({error.message}). Check the CML user and password of the fleet.",
            status=status if isinstance(status, int) else 403,
        )
