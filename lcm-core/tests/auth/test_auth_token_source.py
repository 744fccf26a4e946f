"""How a service gets its own token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import httpx2
import pytest
from pydantic import SecretStr

from lcm_core.auth import ClientCredentialsTokenSource, IssuerUnavailable
from lcm_core.domain.errors import FarEndError
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.oidc_issuer import AUDIENCE, OidcIssuer, oidc_issuer

SECRET = "the secret of the scheduler"


@pytest.fixture
async def issuer() -> AsyncGenerator[OidcIssuer]:
    async with oidc_issuer({"resource-scheduler": (SECRET, ["service"])}) as running:
        yield running


@pytest.fixture
async def http() -> AsyncGenerator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


def source_of(
    issuer: OidcIssuer, http: httpx2.AsyncClient, *, secret: str = SECRET, clock: ManualClock | None = None
) -> ClientCredentialsTokenSource:
    return ClientCredentialsTokenSource(
        http,
        issuer=issuer.url,
        client_id="resource-scheduler",
        client_secret=SecretStr(secret),
        audience=AUDIENCE,
        clock=clock or ManualClock(),
    )


async def test_a_token_is_kept_while_it_is_good(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    source = source_of(issuer, http)
    assert await source.token() == await source.token()
    assert issuer.token_requests == 1


async def test_a_token_is_replaced_before_it_expires(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    clock = ManualClock()
    source = source_of(issuer, http, clock=clock)
    first = await source.token()
    clock.advance(issuer.token_lifetime_seconds - 25)
    assert await source.token() != first


async def test_many_callers_share_one_request(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    source = source_of(issuer, http)
    tokens = await asyncio.gather(*(source.token() for _ in range(20)))
    assert len(set(tokens)) == 1
    assert issuer.token_requests == 1


async def test_a_refused_token_is_not_given_out_again(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    source = source_of(issuer, http)
    first = await source.token()
    source.invalidate(first)
    assert await source.token() != first


async def test_invalidating_an_older_token_keeps_the_newer_one(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    source = source_of(issuer, http)
    first = await source.token()
    source.invalidate(first)
    second = await source.token()
    source.invalidate(first)
    assert await source.token() == second


async def test_a_wrong_secret_is_reported_without_the_secret(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    with pytest.raises(FarEndError) as refused:
        await source_of(issuer, http, secret="not the secret").token()
    assert refused.value.code == "token-refused"
    assert "not the secret" not in str(refused.value)


async def test_an_issuer_that_is_down_may_be_tried_again(issuer: OidcIssuer, http: httpx2.AsyncClient) -> None:
    issuer.failing = True
    source = source_of(issuer, http)
    with pytest.raises(IssuerUnavailable) as down:
        await source.token()
    assert down.value.retryable
    issuer.failing = False
    assert await source.token()
