"""Access tokens by client credentials, kept until shortly before they expire."""

import asyncio
import time

import httpx2

_RENEW_BEFORE_SECONDS = 20.0
_ASSUMED_LIFETIME_SECONDS = 60.0


class ClientCredentials:
    """The token of one OAuth client. Raises httpx2.HTTPError when the issuer cannot be reached or refuses."""

    def __init__(self, http: httpx2.AsyncClient, token_url: str, client_id: str, client_secret: str) -> None:
        self._http = http
        self._token_url = token_url
        self._auth = (client_id, client_secret)
        self._token: str | None = None
        self._renew_at = 0.0
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        """A bearer token that still holds for a while."""
        async with self._lock:
            if self._token is None or time.monotonic() >= self._renew_at:
                asked_at = time.monotonic()
                answer = await self._http.post(
                    self._token_url, data={"grant_type": "client_credentials"}, auth=self._auth
                )
                answer.raise_for_status()
                grant = answer.json()
                lifetime = float(grant.get("expires_in", _ASSUMED_LIFETIME_SECONDS))
                self._token = str(grant["access_token"])
                self._renew_at = asked_at + max(lifetime - _RENEW_BEFORE_SECONDS, lifetime / 2)
            return self._token

    def forget(self) -> None:
        """Ask for a new token next time: the last one was refused."""
        self._token = None
