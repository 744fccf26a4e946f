"""Reads a bearer token and says who it speaks for, or why it is refused."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import httpx2
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError

from lcm_core.auth.errors import InvalidToken
from lcm_core.auth.jwks import JwksCache
from lcm_core.auth.principal import Principal, Role
from lcm_core.clock import Clock, SystemClock

ALLOWED_ALGORITHMS = ("RS256", "ES256")
LONGEST_TOKEN = 16_384


class TokenVerifier(Protocol):
    async def verify(self, token: str) -> Principal:
        """The principal that *token* speaks for.

        Raises ``InvalidToken`` when it does not hold, ``IssuerUnavailable`` when that cannot be found out.
        """
        ...


class VerifiedTokens:
    """Tokens found good lately: services send the same one with every call, and a signature costs more than the call.

    A token is believed for *seconds* at most and never past its expiry, so that a withdrawn key is noticed soon.
    """

    def __init__(self, clock: Clock, *, seconds: float = 30.0, most: int = 2048) -> None:
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._known: OrderedDict[bytes, tuple[Principal, float, float]] = OrderedDict()

    def get(self, token: str) -> Principal | None:
        known = self._known.get(_digest(token))
        if known is None:
            return None
        principal, believed_until, expires_at = known
        good = self._clock.monotonic() < believed_until and self._clock.now().timestamp() < expires_at
        return principal if good else None

    def put(self, token: str, principal: Principal, expires_at: float) -> None:
        self._known[_digest(token)] = (principal, self._clock.monotonic() + self._seconds, expires_at)
        while len(self._known) > self._most:
            self._known.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class OidcTokenVerifier:
    """Accepts JWT access tokens of one issuer for one audience, signed with RS256 or ES256.

    *http* is used for discovery and keys; its TLS settings apply. *roles_claim* is a dotted path to a list of roles;
    roles LCM does not know are ignored. Clocks may differ by *leeway_seconds*.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        issuer: str,
        audience: str,
        jwks_url: str | None = None,
        roles_claim: str = "roles",
        leeway_seconds: int = 30,
        clock: Clock | None = None,
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self._jwks = JwksCache(http, issuer=issuer, jwks_url=jwks_url, clock=self._clock)
        self._verified = VerifiedTokens(self._clock)
        self._roles_path = roles_claim.split(".")
        self._registry = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock.now().timestamp()),
            leeway=leeway_seconds,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Principal:
        known = self._verified.get(token)
        if known is not None:
            return known
        key_id = self._key_id(token)
        keys = await self._jwks.keys_for(key_id)
        try:
            decoded = jwt.decode(token, keys, algorithms=list(ALLOWED_ALGORITHMS))
            self._registry.validate(decoded.claims)
        except ExpiredTokenError:
            raise InvalidToken("it has expired") from None
        except InvalidKeyIdError:
            raise InvalidToken("it names no key of the issuer") from None
        except (JoseError, ValueError, TypeError) as error:
            raise InvalidToken(_reason(error)) from None
        principal = self._principal(decoded.claims)
        self._verified.put(token, principal, float(decoded.claims["exp"]))
        return principal

    def _key_id(self, token: str) -> str | None:
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken("it is too long")
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
        except (JoseError, ValueError, UnicodeError):
            raise InvalidToken("it is not a signed JSON web token") from None
        if header.get("alg") not in ALLOWED_ALGORITHMS:
            raise InvalidToken(f"its algorithm must be one of {', '.join(ALLOWED_ALGORITHMS)}")
        key_id = header.get("kid")
        return key_id if isinstance(key_id, str) else None

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        subject = str(claims["sub"])
        client_id = str(claims.get("client_id") or claims.get("azp") or "")
        name = str(claims.get("name") or claims.get("preferred_username") or subject)
        return Principal(subject=subject, client_id=client_id, roles=self._roles(claims), name=name)

    def _roles(self, claims: Mapping[str, Any]) -> frozenset[Role]:
        found: object = claims
        for part in self._roles_path:
            found = cast("Mapping[str, object]", found).get(part) if isinstance(found, Mapping) else None
        if isinstance(found, str):
            found = found.split()
        if not isinstance(found, list):
            return frozenset()
        return frozenset(role for role in Role if role.value in cast("Sequence[object]", found))


def _reason(error: Exception) -> str:
    """joserfc's own words, one line, without anything of the token itself."""
    text = str(getattr(error, "description", None) or error).splitlines()
    return text[0].strip().rstrip(".") if text and text[0] else type(error).__name__
