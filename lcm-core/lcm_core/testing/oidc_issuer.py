"""A token issuer on a real socket: discovery, keys, client credentials; tokens made to measure."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lcm_core.testing.http_server import serving

AUDIENCE = "urn:lcm:api"


class OidcIssuer:
    """Use ``oidc_issuer()`` to start one. Counts what it was asked, and can be told to fail."""

    def __init__(self, clients: Mapping[str, tuple[str, Sequence[str]]]) -> None:
        self.url = ""
        self.jwks_requests = 0
        self.token_requests = 0
        self.failing = False
        self.token_lifetime_seconds = 300
        self._clients = dict(clients)
        self._keys: list[RSAKey | ECKey] = []
        self.rotate()

    def rotate(self, algorithm: Literal["RS256", "ES256"] = "ES256", *, forget_old: bool = False) -> None:
        """Sign with a new key from now on; the old ones stay published unless *forget_old*."""
        parameters: KeyParameters = {
            "kid": f"key-{len(self._keys) + 1}-{time.monotonic_ns()}",
            "alg": algorithm,
            "use": "sig",
        }
        key = RSAKey.generate_key(2048, parameters) if algorithm == "RS256" else ECKey.generate_key("P-256", parameters)
        self._keys = [key] if forget_old else [*self._keys, key]

    def token(self, roles: Sequence[str] = (), *, subject: str = "someone", **claims: Any) -> str:
        """A signed token; *claims* replace or add, a value of None leaves one out."""
        now = int(time.time())
        body: dict[str, Any] = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + self.token_lifetime_seconds,
            "roles": list(roles),
            **claims,
        }
        return self.sign({name: value for name, value in body.items() if value is not None})

    def sign(self, claims: Mapping[str, Any]) -> str:
        key = self._keys[-1]
        return jwt.encode({"alg": str(key.alg), "kid": str(key.kid), "typ": "at+jwt"}, dict(claims), key)

    def public_key_pem(self) -> bytes:
        """Of the key that it signs with now."""
        return self._keys[-1].as_pem(private=False)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._discovery),
                Route("/jwks", self._jwks),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _discovery(self, _request: Request) -> Response:
        if self.failing:
            return Response(status_code=503)
        return JSONResponse({"issuer": self.url, "jwks_uri": f"{self.url}/jwks", "token_endpoint": f"{self.url}/token"})

    async def _jwks(self, _request: Request) -> Response:
        self.jwks_requests += 1
        if self.failing:
            return Response(status_code=503)
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self._keys]})

    async def _token(self, request: Request) -> Response:
        self.token_requests += 1
        if self.failing:
            return Response(status_code=503)
        form = await request.form()
        client_id, secret = _basic_credentials(request)
        known = self._clients.get(client_id)
        if form.get("grant_type") != "client_credentials" or known is None or known[0] != secret:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        token = self.token(known[1], subject=client_id, client_id=client_id, jti=str(self.token_requests))
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": self.token_lifetime_seconds})


def _basic_credentials(request: Request) -> tuple[str, str]:
    _, _, encoded = request.headers.get("Authorization", "").partition(" ")
    client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    return client_id, secret


@asynccontextmanager
async def oidc_issuer(
    clients: Mapping[str, tuple[str, Sequence[str]]] | None = None,
) -> AsyncGenerator[OidcIssuer]:
    """A running issuer; *clients* maps client id to (secret, roles)."""
    issuer = OidcIssuer(clients or {})
    async with serving(issuer.application()) as url:
        issuer.url = url
        yield issuer
