"""The issuer's public keys: fetched when first needed, kept, and fetched again when a token names an unknown one."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httpx2
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from lcm_core.auth.errors import IssuerUnavailable
from lcm_core.clock import Clock

log = structlog.stdlib.get_logger(__name__)


class JwksCache:
    """Keys by id.

    An unknown key id makes one fetch, but not more often than *min_refresh_seconds*, so that made-up ids cannot be
    turned into load on the issuer. Keys are fetched anew after *max_age_seconds*; when the issuer is down by then, the
    old ones serve on, because signatures made with them are still good.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        issuer: str,
        jwks_url: str | None,
        clock: Clock,
        deadline_seconds: float = 5.0,
        min_refresh_seconds: float = 10.0,
        max_age_seconds: float = 3600.0,
    ) -> None:
        self._http = http
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._clock = clock
        self._deadline_seconds = deadline_seconds
        self._min_refresh_seconds = min_refresh_seconds
        self._max_age_seconds = max_age_seconds
        self._keys: KeySet | None = None
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._failure: IssuerUnavailable | None = None
        self._fetching = asyncio.Lock()

    async def keys_for(self, key_id: str | None) -> KeySet:
        """Keys among which *key_id* may be; raises ``IssuerUnavailable`` when there are none at all."""
        keys = self._keys
        stale = self._clock.monotonic() - self._fetched_at > self._max_age_seconds
        if keys is not None and not stale and (key_id is None or self._knows(keys, key_id)):
            return keys
        return await self._refresh(key_id)

    async def _refresh(self, key_id: str | None) -> KeySet:
        asked_at = self._clock.monotonic()
        async with self._fetching:
            fetched_meanwhile = self._fetched_at >= asked_at
            if not fetched_meanwhile and self._clock.monotonic() - self._tried_at >= self._pause():
                await self._try_fetch()
            if self._keys is not None:
                return self._keys
            raise self._failure or IssuerUnavailable(self._issuer, "its keys were never read")

    def _pause(self) -> float:
        """With no keys at all nothing works, so the issuer is asked every second."""
        return self._min_refresh_seconds if self._keys is not None else 1.0

    async def _try_fetch(self) -> None:
        self._tried_at = self._clock.monotonic()
        try:
            self._keys = await self._fetch()
            self._fetched_at = self._clock.monotonic()
            self._failure = None
        except IssuerUnavailable as error:
            self._failure = error
            log.warning("jwks_fetch_failed", issuer=self._issuer, failure=str(error), keys_kept=self._keys is not None)

    async def _fetch(self) -> KeySet:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                url = self._jwks_url or await self._discover()
                document = await self._get_json(url)
            return KeySet.import_key_set(cast("Any", document))
        except TimeoutError:
            raise IssuerUnavailable(self._issuer, f"no answer within {self._deadline_seconds:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise IssuerUnavailable(self._issuer, f"{type(error).__name__}: {error}") from error
        except (ValueError, KeyError, TypeError, JoseError) as error:
            raise IssuerUnavailable(self._issuer, f"its key document cannot be read ({error})") from error

    async def _discover(self) -> str:
        document = await self._get_json(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self._issuer:
            raise IssuerUnavailable(self._issuer, f"its discovery document names issuer {document.get('issuer')!r}")
        return str(document["jwks_uri"])

    async def _get_json(self, url: str) -> dict[str, Any]:
        response = await self._http.get(url, headers={"Accept": "application/json"})
        response.raise_for_status()
        return response.json()

    @staticmethod
    def _knows(keys: KeySet, key_id: str) -> bool:
        return any(key.kid == key_id for key in keys.keys)
