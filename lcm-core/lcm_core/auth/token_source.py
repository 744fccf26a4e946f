"""Where a service gets the token that it calls other services with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx2
from pydantic import SecretStr

from lcm_core.auth.errors import IssuerUnavailable
from lcm_core.clock import Clock, SystemClock
from lcm_core.domain.errors import FarEndError


class TokenSource(Protocol):
    async def token(self) -> str:
        """A token that is good for at least a few seconds; raises ``FarEndError`` when none can be had."""
        ...

    def invalidate(self, token: str) -> None:
        """*token* was refused: do not give it out again."""
        ...


@dataclass(frozen=True, slots=True)
class StaticTokenSource:
    """Always the same token, for far ends that hand out API keys."""

    secret: SecretStr

    async def token(self) -> str:
        return self.secret.get_secret_value()

    def invalidate(self, token: str) -> None:
        """There is no other token to get; the refusal itself will be reported."""


@dataclass(frozen=True, slots=True)
class _Granted:
    token: str = field(repr=False)
    fresh_until: float


class ClientCredentialsTokenSource:
    """Client credentials grant of an OIDC issuer (RFC 6749, section 4.4).

    A token is kept until *margin_seconds*, or a tenth of its life if that is shorter, before it expires. Callers that
    come while one is being fetched wait for that one. The token endpoint is asked from discovery unless given.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        issuer: str,
        client_id: str,
        client_secret: SecretStr,
        audience: str,
        token_url: str | None = None,
        margin_seconds: float = 30.0,
        deadline_seconds: float = 5.0,
        clock: Clock | None = None,
    ) -> None:
        self._http = http
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._audience = audience
        self._token_url = token_url
        self._margin_seconds = margin_seconds
        self._deadline_seconds = deadline_seconds
        self._clock: Clock = clock or SystemClock()
        self._granted: _Granted | None = None
        self._fetching = asyncio.Lock()

    async def token(self) -> str:
        granted = self._fresh()
        if granted is None:
            async with self._fetching:
                granted = self._fresh()
                if granted is None:
                    granted = self._granted = await self._fetch()
        return granted.token

    def invalidate(self, token: str) -> None:
        if self._granted is not None and self._granted.token == token:
            self._granted = None

    def _fresh(self) -> _Granted | None:
        granted = self._granted
        return granted if granted is not None and self._clock.monotonic() < granted.fresh_until else None

    async def _fetch(self) -> _Granted:
        asked_at = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._deadline_seconds):
                url = self._token_url or await self._discover()
                response = await self._http.post(
                    url,
                    data={"grant_type": "client_credentials", "resource": self._audience, "audience": self._audience},
                    auth=(self._client_id, self._client_secret.get_secret_value()),
                    headers={"Accept": "application/json"},
                )
        except TimeoutError:
            raise IssuerUnavailable(self._issuer, f"no answer within {self._deadline_seconds:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise IssuerUnavailable(self._issuer, f"{type(error).__name__}: {error}") from error
        return self._read(response, asked_at)

    def _read(self, response: httpx2.Response, asked_at: float) -> _Granted:
        if response.status_code >= 500:
            raise IssuerUnavailable(self._issuer, f"it answered {response.status_code}")
        try:
            body: dict[str, Any] = response.json()
            if response.status_code != 200:
                raise _refused(self._issuer, self._client_id, str(body.get("error", response.status_code)))
            lifetime = float(body.get("expires_in", 60))
            margin = min(self._margin_seconds, lifetime / 10)
            return _Granted(token=str(body["access_token"]), fresh_until=asked_at + lifetime - margin)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise IssuerUnavailable(self._issuer, f"its answer cannot be read ({type(error).__name__})") from error

    async def _discover(self) -> str:
        response = await self._http.get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        response.raise_for_status()
        try:
            self._token_url = str(response.json()["token_endpoint"])
        except (ValueError, KeyError, TypeError) as error:
            raise IssuerUnavailable(self._issuer, "its discovery document names no token endpoint") from error
        return self._token_url


def _refused(issuer: str, client_id: str, why: str) -> FarEndError:
    return FarEndError(
        "oidc-issuer",
        f"{issuer} gives client {client_id!r} no token ({why}). Check client id, secret and its service role.",
        retryable=False,
        code="token-refused",
        facts={"issuer": issuer, "client_id": client_id, "error": why},
    )
