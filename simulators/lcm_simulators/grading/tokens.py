"""Checking bearer tokens against the issuer's published keys."""

import asyncio
import time

import httpx2
from fastapi import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lcm_simulators.grading.errors import ForbiddenError, UnauthenticatedError

_ALGORITHMS = ["RS256", "ES256", "PS256"]
_REFETCH_AFTER_SECONDS = 5.0
_FETCH_TIMEOUT_SECONDS = 5.0
_LEEWAY_SECONDS = 30


class TokenVerifier:
    """Knows the issuer's keys; fetches them at first use, and again for a key it has not seen."""

    def __init__(self, issuer: str, audience: str, required_role: str) -> None:
        self._issuer = issuer.rstrip("/")
        self._role = required_role
        self._claims = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "values": [self._issuer, f"{self._issuer}/"]},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._lock = asyncio.Lock()

    async def __call__(self, request: Request) -> None:
        """FastAPI dependency. Raises UnauthenticatedError or ForbiddenError."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise UnauthenticatedError("a bearer token is required")
        claims = await self._verified(token)
        if self._role not in claims.get("roles", []):
            raise ForbiddenError(f"the role {self._role} is required")

    async def _verified(self, token: str) -> dict[str, list[str]]:
        for renew in (False, True):
            keys = await self._current_keys(renew=renew)
            try:
                decoded = jwt.decode(token, keys, algorithms=_ALGORITHMS)
            except (JoseError, ValueError):
                continue
            try:
                self._claims.validate(decoded.claims)
            except JoseError as error:
                raise UnauthenticatedError(f"the token does not hold: {error}") from error
            return decoded.claims
        raise UnauthenticatedError("the token was not signed by the issuer")

    async def _current_keys(self, *, renew: bool = False) -> KeySet:
        async with self._lock:
            stale = renew and time.monotonic() - self._fetched_at > _REFETCH_AFTER_SECONDS
            if self._keys is None or stale:
                self._keys = await self._fetch()
                self._fetched_at = time.monotonic()
            return self._keys

    async def _fetch(self) -> KeySet:
        try:
            async with httpx2.AsyncClient(timeout=_FETCH_TIMEOUT_SECONDS) as http:
                discovery = await http.get(f"{self._issuer}/.well-known/openid-configuration")
                discovery.raise_for_status()
                keys = await http.get(discovery.json()["jwks_uri"])
                keys.raise_for_status()
        except httpx2.HTTPError as error:
            raise UnauthenticatedError(f"the issuer's keys cannot be fetched: {error}") from error
        return KeySet.import_key_set(keys.json())
