"""OIDC authorization code flow with PKCE, as a confidential client (OpenID Connect Core 3.1, RFC 7636)."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx2
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwt import ClaimsOption
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from control_plane_api.application.identity import LoggedIn, LoginFailed, LogoutNotice, PendingLogin
from lcm_core.auth import IssuerUnavailable, TokenVerifier
from lcm_core.auth.jwks import JwksCache
from lcm_core.auth.token_verifier import ALLOWED_ALGORITHMS, LONGEST_TOKEN
from lcm_core.clock import Clock

_LEEWAY_SECONDS = 30
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_TOKEN_SECONDS = 300


class IssuerEndpoints(BaseModel):
    """The part of the discovery document that a login needs."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    end_session_endpoint: str | None = None


class OidcLogin:
    """Sends browsers to the issuer and turns what they bring back into a principal.

    Roles come from the access token, verified like that of any other caller; the ID token proves that the answer
    belongs to this login (nonce) and gives the person's name.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        issuer: str,
        client_id: str,
        client_secret: SecretStr,
        redirect_uri: str,
        scopes: str,
        audience: str,
        verifier: TokenVerifier,
        clock: Clock,
        jwks_url: str | None = None,
        deadline_seconds: float = 5.0,
    ) -> None:
        self._http = http
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._scopes = scopes
        self._audience = audience
        self._verifier = verifier
        self._clock = clock
        self._jwks = JwksCache(http, issuer=issuer, jwks_url=jwks_url, clock=clock)
        self._deadline_seconds = deadline_seconds
        self._endpoints: IssuerEndpoints | None = None

    def start(self, return_to: str) -> PendingLogin:
        return PendingLogin(
            nonce=secrets.token_urlsafe(24), code_verifier=secrets.token_urlsafe(64), return_to=return_to
        )

    async def authorization_url(self, login: PendingLogin, state: str) -> str:
        """Where to send the browser. Raises ``IssuerUnavailable``."""
        endpoints = await self._discover()
        digest = hashlib.sha256(login.code_verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": self._scopes,
            "resource": self._audience,
            "state": state,
            "nonce": login.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{endpoints.authorization_endpoint}?{urlencode(query)}"

    async def end_session_url(self, return_url: str) -> str | None:
        """Where a browser ends its session at the issuer, if the issuer has such a place."""
        endpoint = (await self._discover()).end_session_endpoint
        if endpoint is None:
            return None
        return f"{endpoint}?{urlencode({'client_id': self._client_id, 'post_logout_redirect_uri': return_url})}"

    async def finish(self, login: PendingLogin, code: str) -> LoggedIn:
        """The person who logged in. Raises ``LoginFailed``, ``InvalidToken`` or ``IssuerUnavailable``."""
        tokens = await self._exchange(login, code)
        claims = await self._claims_of(
            str(tokens.get("id_token", "")),
            "the issuer's ID token does not belong to this login",
            exp={"essential": True},
            nonce={"essential": True, "value": login.nonce},
        )
        name = claims.get("name") or claims.get("preferred_username") or claims.get("email")
        principal = await self._verifier.verify(str(tokens.get("access_token", "")))
        principal = dataclasses.replace(principal, client_id=self._client_id, name=name or principal.name)
        return LoggedIn(principal, _text(claims.get("sid")))

    async def logged_out(self, logout_token: str) -> LogoutNotice:
        """What a logout token says (OpenID Connect Back-Channel Logout 1.0, section 2.6).

        Raises ``LoginFailed`` when it is none, or ``IssuerUnavailable``.
        """
        refusal = "that is no logout token of the issuer for this client"
        claims = await self._claims_of(
            logout_token, refusal, iat={"essential": True}, jti={"essential": True}, events={"essential": True}
        )
        notice = LogoutNotice(_text(claims.get("sub")), _text(claims.get("sid")))
        events = claims["events"]
        is_logout = isinstance(events, dict) and _LOGOUT_EVENT in events and "nonce" not in claims
        age_seconds = self._clock.now().timestamp() - float(claims["iat"])
        if not is_logout or age_seconds > _LOGOUT_TOKEN_SECONDS or notice == LogoutNotice(None, None):
            raise LoginFailed(refusal)
        return notice

    async def _exchange(self, login: PendingLogin, code: str) -> Mapping[str, Any]:
        endpoints = await self._discover()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": login.code_verifier,
            "resource": self._audience,
        }
        response = await self._ask("POST", endpoints.token_endpoint, data=form)
        if response.status_code != 200:
            raise LoginFailed(f"the issuer refused the code ({_error_in(response)})")
        return _json_object(response, self._issuer)

    async def _claims_of(self, token: str, refusal: str, **wanted: ClaimsOption) -> Mapping[str, Any]:
        """Claims of a token that the issuer made for this client; raises ``LoginFailed`` with *refusal*."""
        registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            **wanted,
        )
        try:
            if len(token) > LONGEST_TOKEN:
                raise ValueError("it is too long")
            key_id = jws.extract_compact(token.encode("ascii")).headers().get("kid")
            keys = await self._jwks.keys_for(key_id if isinstance(key_id, str) else None)
            decoded = jwt.decode(token, keys, algorithms=list(ALLOWED_ALGORITHMS))
            registry.validate(decoded.claims)
        except (JoseError, ValueError, TypeError) as error:
            raise LoginFailed(refusal) from error
        return decoded.claims

    async def _discover(self) -> IssuerEndpoints:
        if self._endpoints is None:
            response = await self._ask("GET", f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if response.status_code != 200:
                raise IssuerUnavailable(self._issuer, f"its discovery document answered {response.status_code}")
            try:
                found = IssuerEndpoints.model_validate(_json_object(response, self._issuer))
            except ValidationError as error:
                raise IssuerUnavailable(self._issuer, "its discovery document names no login endpoints") from error
            if found.issuer != self._issuer:
                raise IssuerUnavailable(self._issuer, f"its discovery document names issuer {found.issuer!r}")
            self._endpoints = found
        return self._endpoints

    async def _ask(self, method: str, url: str, **content: Any) -> httpx2.Response:
        credentials = (self._client_id, self._client_secret.get_secret_value()) if method == "POST" else None
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await self._http.request(
                    method, url, auth=credentials, headers={"Accept": "application/json"}, **content
                )
        except TimeoutError:
            raise IssuerUnavailable(self._issuer, f"no answer within {self._deadline_seconds:g} s") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise IssuerUnavailable(self._issuer, f"{type(error).__name__}: {error}") from error


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _json_object(response: httpx2.Response, issuer: str) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise IssuerUnavailable(issuer, "its answer is not a JSON object")
    return body


def _error_in(response: httpx2.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"
