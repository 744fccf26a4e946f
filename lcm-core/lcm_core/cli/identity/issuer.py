"""The OIDC issuer: discovery, and the grants that a command line uses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from lcm_core.cli.api.problem import CliError, NotSignedIn, Unreachable

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
USER_SCOPES = "openid profile email"


class IssuerRefused(CliError):
    """The issuer said no; *error* is its code (RFC 6749, section 5.2)."""

    def __init__(self, issuer: str, error: str, description: str) -> None:
        super().__init__(
            f"{issuer} refused ({error}){f': {description}' if description else ''}.",
            code="issuer-refused",
            facts={"issuer": issuer, "error": error},
        )
        self.error = error


class Issuer:
    """The issuer of one context. What is granted is for *audience*."""

    def __init__(self, url: str, audience: str, http: httpx2.AsyncClient) -> None:
        self.url = url.rstrip("/")
        self._audience = audience
        self._http = http
        self._discovered: dict[str, Any] | None = None

    async def discovery(self) -> dict[str, Any]:
        """Its discovery document. Raises Unreachable, or IssuerRefused when that belongs to another issuer."""
        if self._discovered is None:
            answer = await self._exchange("GET", f"{self.url}/.well-known/openid-configuration")
            if not answer.is_success:
                raise Unreachable("The issuer", self.url, f"its discovery answers {answer.status_code}")
            found = _object(answer)
            if str(found.get("issuer", "")).rstrip("/") != self.url:
                raise IssuerRefused(self.url, "another-issuer", f"it calls itself {found.get('issuer')!r}")
            self._discovered = found
        return self._discovered

    async def endpoint(self, name: str) -> str:
        address = (await self.discovery()).get(f"{name}_endpoint")
        if not address:
            raise IssuerRefused(self.url, "unsupported", f"it has no {name.replace('_', ' ')} endpoint")
        return str(address)

    async def keys(self) -> list[dict[str, Any]]:
        """The public keys with which its tokens are checked."""
        answer = await self._exchange("GET", str((await self.discovery())["jwks_uri"]))
        if not answer.is_success:
            raise Unreachable("The issuer", self.url, f"its keys answer {answer.status_code}")
        return list(_object(answer).get("keys", []))

    async def client_credentials(self, client_id: str, secret: str) -> dict[str, Any]:
        return await self.token({"grant_type": "client_credentials"}, auth=(client_id, secret))

    async def refresh(self, client_id: str, refresh_token: str) -> dict[str, Any]:
        """Raises NotSignedIn when the refresh token is not good any more."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token, "client_id": client_id}
        try:
            return await self.token(form)
        except IssuerRefused as error:
            raise NotSignedIn(f"The sign-in has expired: {error.message}") from error

    async def token(self, form: Mapping[str, str], auth: tuple[str, str] | None = None) -> dict[str, Any]:
        """What the token endpoint grants. Raises IssuerRefused, Unreachable."""
        return await self.post(await self.endpoint("token"), {**form, **self._target()}, auth)

    async def start_device(self, client_id: str) -> dict[str, Any]:
        """A code for the person to enter elsewhere (RFC 8628)."""
        form = {"client_id": client_id, "scope": USER_SCOPES, **self._target()}
        return await self.post(await self.endpoint("device_authorization"), form)

    async def revoke(self, client_id: str, token: str) -> None:
        """Best done at sign-out; an issuer without revocation has nothing to be told."""
        if not (await self.discovery()).get("revocation_endpoint"):
            return
        await self.post(await self.endpoint("revocation"), {"token": token, "client_id": client_id})

    async def post(self, url: str, form: Mapping[str, str], auth: tuple[str, str] | None = None) -> dict[str, Any]:
        answer = await self._exchange("POST", url, data=dict(form), auth=auth)
        body = _object(answer) if answer.content else {}
        if answer.is_success:
            return body
        if answer.status_code >= 500:
            raise Unreachable("The issuer", self.url, f"it answers {answer.status_code}")
        error = str(body.get("error") or answer.status_code)
        raise IssuerRefused(self.url, error, str(body.get("error_description") or ""))

    def _target(self) -> dict[str, str]:
        """RFC 8707 calls it resource, some issuers audience."""
        return {"resource": self._audience, "audience": self._audience}

    async def _exchange(self, method: str, url: str, **request: Any) -> httpx2.Response:
        if request.get("auth") is None:
            request.pop("auth", None)
        try:
            return await self._http.request(method, url, headers={"Accept": "application/json"}, **request)
        except httpx2.HTTPError as error:
            raise Unreachable("The issuer", self.url, str(error) or type(error).__name__) from error


def _object(answer: httpx2.Response) -> dict[str, Any]:
    try:
        found: Any = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]
