"""A token issuer at which people can log in: authorization code with PKCE, one code per login."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from lcm_core.testing.http_server import serving
from lcm_core.testing.oidc_issuer import OidcIssuer

CLIENT_ID = "lcm-ui"
CLIENT_SECRET = "only-for-tests"  # noqa: S105


@dataclass(slots=True)
class LoginIssuer:
    """Whoever comes is *person* with *roles*; *tamper* replaces claims of the next ID tokens."""

    tokens: OidcIssuer
    person: str = "ada"
    roles: tuple[str, ...] = ("operator",)
    refuse: str | None = None
    tamper: dict[str, Any] = field(default_factory=dict)
    _pending: dict[str, dict[str, str]] = field(default_factory=dict)

    def behave(self) -> None:
        """As at the start: Ada, an operator, without tricks."""
        self.person, self.roles, self.refuse, self.tamper = "ada", ("operator",), None, {}

    def logout_token(self, **claims: Any) -> str:
        """What the issuer posts when a login ended at it; *claims* replace or add, None leaves one out."""
        body: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": self.person,
            "iat": int(time.time()),
            "exp": int(time.time()) + 120,
            "jti": uuid4().hex,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **claims,
        }
        return self.tokens.sign({name: value for name, value in body.items() if value is not None})

    @property
    def url(self) -> str:
        return self.tokens.url

    def application(self) -> Starlette:
        own = [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/authorize", self._authorize),
            Route("/token", self._token, methods=["POST"]),
        ]
        return Starlette(routes=[*own, *self.tokens.application().routes])

    async def _discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self.url,
                "jwks_uri": f"{self.url}/jwks",
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "end_session_endpoint": f"{self.url}/logout",
            }
        )

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        back = {"state": asked["state"]}
        if self.refuse:
            back["error"] = self.refuse
        else:
            back["code"] = uuid4().hex
            self._pending[back["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", status_code=303)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        asked = self._pending.pop(str(form.get("code")), None)
        verifier = str(form.get("code_verifier"))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        expected = "Basic " + base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != expected:
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        access = self.tokens.token(self.roles, subject=self.person, client_id=CLIENT_ID)
        identity = {
            "iss": self.url,
            "aud": CLIENT_ID,
            "sub": self.person,
            "exp": int(time.time()) + 300,
            "nonce": asked["nonce"],
            "name": self.person.title(),
            "sid": f"login-of-{self.person}",
            **self.tamper,
        }
        return JSONResponse({"access_token": access, "id_token": self.tokens.sign(identity), "token_type": "Bearer"})


@asynccontextmanager
async def login_issuer() -> AsyncGenerator[LoginIssuer]:
    issuer = LoginIssuer(OidcIssuer({}))
    async with serving(issuer.application()) as url:
        issuer.tokens.url = url
        yield issuer
