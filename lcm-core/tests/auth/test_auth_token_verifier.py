"""Which tokens are accepted, and why the others are not."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, Literal

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from lcm_core.auth import InvalidToken, IssuerUnavailable, OidcTokenVerifier, Role
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.oidc_issuer import AUDIENCE, OidcIssuer, oidc_issuer


@pytest.fixture
async def issuer() -> AsyncGenerator[OidcIssuer]:
    async with oidc_issuer() as running:
        yield running


@pytest.fixture
async def http() -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def verifier(issuer: OidcIssuer, http: httpx2.AsyncClient) -> OidcTokenVerifier:
    return OidcTokenVerifier(http, issuer=issuer.url, audience=AUDIENCE)


class _TurnedClock(ManualClock):
    """Real time of day, so that tokens are valid, and monotonic time by hand."""

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time(), UTC)


async def test_a_good_token_names_its_principal(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    principal = await verifier.verify(issuer.token(["operator", "made-up"], subject="alice", name="Alice", azp="ui"))
    assert (principal.subject, principal.name, principal.client_id) == ("alice", "Alice", "ui")
    assert principal.roles == {Role.OPERATOR}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_token_of_an_allowed_algorithm_is_accepted(
    issuer: OidcIssuer, verifier: OidcTokenVerifier, algorithm: Literal["RS256", "ES256"]
) -> None:
    issuer.rotate(algorithm)
    assert (await verifier.verify(issuer.token(["viewer"]))).roles == {Role.VIEWER}


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"iss": "http://elsewhere.invalid"}, "iss"),
        ({"aud": "urn:another:api"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": 1_000_000_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"nbf": 4_000_000_000}, "not yet valid"),
        ({"sub": None}, "sub"),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(
    issuer: OidcIssuer, verifier: OidcTokenVerifier, claims: dict[str, Any], why: str
) -> None:
    with pytest.raises(InvalidToken, match=why):
        await verifier.verify(issuer.token(["admin"], **claims))


async def test_a_token_expired_within_the_leeway_is_accepted(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    principal = await verifier.verify(issuer.token(["admin"], exp=int(time.time()) - 10))
    assert principal.roles == {Role.ADMIN}


async def test_an_unsigned_token_is_refused(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    _, payload, _ = issuer.token(["admin"]).split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    with pytest.raises(InvalidToken, match="algorithm"):
        await verifier.verify(f"{header}.{payload}.")


async def test_a_token_signed_with_a_shared_secret_is_refused(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    key = OctKey.import_key("a secret that somebody guessed, long enough")
    forged = jwt.encode({"alg": "HS256"}, {"iss": issuer.url, "aud": AUDIENCE, "sub": "x", "exp": 4_000_000_000}, key)
    with pytest.raises(InvalidToken, match="algorithm"):
        await verifier.verify(forged)


async def test_a_changed_payload_is_refused(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    header, _, signature = issuer.token(["viewer"]).split(".")
    _, payload, _ = issuer.token(["admin"]).split(".")
    with pytest.raises(InvalidToken):
        await verifier.verify(f"{header}.{payload}.{signature}")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "é.é.é", "x" * 20_000])
async def test_what_is_no_token_is_refused(verifier: OidcTokenVerifier, text: str) -> None:
    with pytest.raises(InvalidToken):
        await verifier.verify(text)


async def test_keys_are_fetched_once_for_many_tokens(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    for _ in range(5):
        await verifier.verify(issuer.token(["viewer"]))
    assert issuer.jwks_requests == 1


async def test_a_new_signing_key_is_learnt(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    clock = _TurnedClock()
    verifier = OidcTokenVerifier(http, issuer=issuer.url, audience=AUDIENCE, clock=clock)
    await verifier.verify(issuer.token(["viewer"]))
    issuer.rotate(forget_old=True)
    clock.advance(11)
    assert (await verifier.verify(issuer.token(["viewer"]))).roles == {Role.VIEWER}


async def test_unknown_keys_do_not_flood_the_issuer(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    await verifier.verify(issuer.token(["viewer"]))
    issuer.rotate(forget_old=True)
    for _ in range(20):
        with pytest.raises(InvalidToken):
            await verifier.verify(issuer.token(["viewer"]))
    assert issuer.jwks_requests == 1


async def test_an_issuer_that_is_down_is_named(issuer: OidcIssuer, verifier: OidcTokenVerifier) -> None:
    issuer.failing = True
    with pytest.raises(IssuerUnavailable, match=issuer.url):
        await verifier.verify(issuer.token(["viewer"]))


async def test_known_keys_serve_on_while_the_issuer_is_down(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    clock = _TurnedClock()
    verifier = OidcTokenVerifier(http, issuer=issuer.url, audience=AUDIENCE, clock=clock)
    await verifier.verify(issuer.token(["viewer"]))
    issuer.failing = True
    clock.advance(7200)
    assert (await verifier.verify(issuer.token(["admin"]))).roles == {Role.ADMIN}


async def test_roles_are_found_at_a_dotted_path(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    verifier = OidcTokenVerifier(http, issuer=issuer.url, audience=AUDIENCE, roles_claim="realm_access.roles")
    principal = await verifier.verify(issuer.token(realm_access={"roles": ["lms", "offline_access"]}))
    assert principal.roles == {Role.LMS}


@pytest.mark.parametrize("roles", [None, 5, {"admin": True}, [["admin"]], [{"x": 1}]])
async def test_a_roles_claim_of_another_shape_gives_no_role(
    issuer: OidcIssuer, verifier: OidcTokenVerifier, roles: object
) -> None:
    claims = {"iss": issuer.url, "aud": AUDIENCE, "sub": "x", "exp": 4_000_000_000, "roles": roles}
    principal = await verifier.verify(issuer.sign(claims))
    assert principal.roles == frozenset()


async def test_a_token_is_not_believed_past_its_expiry(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    clock = ManualClock(datetime.now(UTC))
    verifier = OidcTokenVerifier(http, issuer=issuer.url, audience=AUDIENCE, clock=clock)
    token = issuer.token(["viewer"], exp=int(time.time()) + 5)
    await verifier.verify(token)
    clock.advance(40)
    with pytest.raises(InvalidToken, match="expired"):
        await verifier.verify(token)


async def test_a_token_of_a_withdrawn_key_is_soon_refused(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    clock = _TurnedClock()
    verifier = OidcTokenVerifier(http, issuer=issuer.url, audience=AUDIENCE, clock=clock)
    old = issuer.token(["viewer"])
    await verifier.verify(old)
    issuer.rotate(forget_old=True)
    clock.advance(31)
    await verifier.verify(issuer.token(["viewer"]))
    with pytest.raises(InvalidToken):
        await verifier.verify(old)
