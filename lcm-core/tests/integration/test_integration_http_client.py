"""Calls to far ends over real sockets: retries, tokens, errors, breaker."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import pytest
from fastapi import APIRouter
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from lcm_core.domain.errors import (
    CapacityRefused,
    Conflict,
    FarEndError,
    IllegalTransition,
    InputProblem,
    InvalidInput,
    LcmError,
    NotFound,
    RuleViolation,
    StaleLeader,
    VersionConflict,
)
from lcm_core.hosting import create_service_app
from lcm_core.integration.http import BreakerPolicy, CircuitOpen, Deadlines, JsonHttpClient, RetryPolicy, tls_context
from lcm_core.observability import use_correlation_id
from lcm_core.settings import ServiceSettings
from lcm_core.testing.http_server import serving

Answer = Callable[[Request, int], Awaitable[Response]]
QUICK = RetryPolicy(attempts=4, first_pause_seconds=0.001, longest_pause_seconds=0.002)


class FarEnd:
    def __init__(self, answer: Answer) -> None:
        self.requests: list[Request] = []
        self._answer = answer

    async def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        return await self._answer(request, len(self.requests))


@asynccontextmanager
async def far_end(answer: Answer) -> AsyncGenerator[tuple[FarEnd, str]]:
    end = FarEnd(answer)
    app = Starlette(routes=[Route("/{path:path}", end.__call__, methods=["GET", "POST", "PUT"])])
    async with serving(app) as url:
        yield end, url


def always(status: int, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    async def answer(_request: Request, _count: int) -> Response:
        return JSONResponse(body, status_code=status, headers=headers)

    return answer


async def _fails_twice(_request: Request, count: int) -> Response:
    return JSONResponse({"count": count}, status_code=503 if count < 3 else 200)


async def test_an_idempotent_call_is_repeated_until_it_succeeds() -> None:
    async with far_end(_fails_twice) as (_, url), JsonHttpClient("lds", url, retry=QUICK) as client:
        assert await client.request("PUT", "/x", json={}, idempotent=True) == {"count": 3}


async def test_any_other_call_is_made_once() -> None:
    async with far_end(_fails_twice) as (end, url), JsonHttpClient("lds", url, retry=QUICK) as client:
        with pytest.raises(FarEndError) as failure:
            await client.request("POST", "/x", json={})
    assert failure.value.retryable
    assert len(end.requests) == 1


async def test_a_refusal_is_not_repeated() -> None:
    async with far_end(always(404)) as (end, url), JsonHttpClient("lds", url, retry=QUICK) as client:
        with pytest.raises(NotFound):
            await client.request("GET", "/sessions/5", idempotent=True)
    assert len(end.requests) == 1


async def test_a_far_end_that_does_not_answer_is_given_up() -> None:
    async def hang(_request: Request, _count: int) -> Response:
        await asyncio.sleep(5)
        return PlainTextResponse("late")

    deadlines = Deadlines(attempt_seconds=0.05, total_seconds=1)
    retry = RetryPolicy(attempts=2, first_pause_seconds=0.001)
    async with far_end(hang) as (end, url), JsonHttpClient("lds", url, deadlines=deadlines, retry=retry) as client:
        with pytest.raises(FarEndError, match=r"did not answer within 0\.05 s"):
            await client.request("GET", "/x", idempotent=True)
        assert len(end.requests) == 2


async def test_the_deadline_of_a_call_covers_its_repetitions() -> None:
    async def fail(_request: Request, _count: int) -> Response:
        return Response(status_code=503, headers={"Retry-After": "5"})

    async with far_end(fail) as (_, url), JsonHttpClient("lds", url) as client:
        with pytest.raises(FarEndError, match=r"within 0\.1 s"):
            await client.request("GET", "/x", idempotent=True, deadline_seconds=0.1)


async def test_a_far_end_that_is_not_there_is_unreachable() -> None:
    async with JsonHttpClient("lds", "http://127.0.0.1:1", retry=QUICK) as client:
        with pytest.raises(FarEndError) as failure:
            await client.request("GET", "/x", idempotent=True)
    assert (failure.value.code, failure.value.retryable) == ("far-end-unreachable", True)


async def test_trace_and_correlation_go_along() -> None:
    async with far_end(always(200, {})) as (end, url), JsonHttpClient("lds", url) as client:
        with use_correlation_id("booking-42"):
            await client.request("GET", "/x")
    assert end.requests[0].headers["X-Correlation-ID"] == "booking-42"


class _Tokens:
    def __init__(self) -> None:
        self.given = 0
        self.refused: list[str] = []

    async def token(self) -> str:
        self.given += 1
        return f"t{self.given}"

    def invalidate(self, token: str) -> None:
        self.refused.append(token)


async def test_a_refused_token_is_replaced_once_even_for_a_call_made_once() -> None:
    async def only_the_second(request: Request, _count: int) -> Response:
        good = request.headers["Authorization"] == "Bearer t2"
        return JSONResponse({"good": good}, status_code=200 if good else 401)

    tokens = _Tokens()
    async with far_end(only_the_second) as (_, url), JsonHttpClient("cpa", url, token_source=tokens) as client:
        assert await client.request("POST", "/x", json={}) == {"good": True}
    assert tokens.refused == ["t1"]


async def test_credentials_that_stay_refused_are_not_worth_repeating() -> None:
    async with far_end(always(401)) as (end, url), JsonHttpClient("cpa", url, token_source=_Tokens()) as client:
        with pytest.raises(FarEndError) as failure:
            await client.request("GET", "/x", idempotent=True)
    assert (failure.value.code, failure.value.retryable, len(end.requests)) == ("far-end-refused-credentials", False, 2)


async def test_headers_are_asked_for_before_each_attempt_and_may_forbid_it() -> None:
    asked = 0

    def in_office_for_one_attempt() -> Mapping[str, str]:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise RuntimeError("no longer leader")
        return {"X-LCM-Leader-Epoch": "7"}

    async with (
        far_end(_fails_twice) as (end, url),
        JsonHttpClient("cpa", url, retry=QUICK, headers=in_office_for_one_attempt) as client,
    ):
        with pytest.raises(RuntimeError, match="no longer leader"):
            await client.request("GET", "/x", idempotent=True)
    assert [request.headers["X-LCM-Leader-Epoch"] for request in end.requests] == ["7"]


async def test_a_host_that_keeps_failing_is_left_alone() -> None:
    breaker = BreakerPolicy(failures=3, pause_seconds=60)
    async with far_end(always(503)) as (end, url), JsonHttpClient("lds", url, breaker=breaker) as client:
        for _ in range(3):
            with pytest.raises(FarEndError):
                await client.request("GET", "/x")
        with pytest.raises(CircuitOpen):
            await client.request("GET", "/x", idempotent=True)
    assert len(end.requests) == 3


async def test_a_host_that_recovers_is_called_again() -> None:
    breaker = BreakerPolicy(failures=1, pause_seconds=0.05)

    async def fails_once(_request: Request, count: int) -> Response:
        return JSONResponse({}, status_code=503 if count == 1 else 200)

    async with far_end(fails_once) as (_, url), JsonHttpClient("lds", url, breaker=breaker) as client:
        with pytest.raises(FarEndError):
            await client.request("GET", "/x")
        await asyncio.sleep(0.06)
        assert await client.request("GET", "/x") == {}


async def test_refusals_do_not_open_the_circuit() -> None:
    breaker = BreakerPolicy(failures=2, pause_seconds=60)
    async with far_end(always(409)) as (end, url), JsonHttpClient("lds", url, breaker=breaker) as client:
        for _ in range(6):
            with pytest.raises(Conflict):
                await client.request("GET", "/x")
    assert len(end.requests) == 6


async def test_an_empty_answer_is_none() -> None:
    async def empty(_request: Request, _count: int) -> Response:
        return Response(status_code=204)

    async with far_end(empty) as (_, url), JsonHttpClient("lds", url) as client:
        assert await client.request("POST", "/x") is None


async def test_an_answer_that_is_no_json_is_the_far_ends_fault() -> None:
    async def text(_request: Request, _count: int) -> Response:
        return PlainTextResponse("<html>")

    async with far_end(text) as (_, url), JsonHttpClient("lds", url) as client:
        with pytest.raises(FarEndError, match="not JSON"):
            await client.request("GET", "/x")


async def test_a_plain_error_body_is_told() -> None:
    body = {"code": 400, "description": "Lab not found: abc"}
    async with far_end(always(400, body)) as (_, url), JsonHttpClient("cml", url) as client:
        with pytest.raises(InvalidInput, match="Lab not found: abc"):
            await client.request("GET", "/x")


RAISED: list[LcmError] = [
    NotFound("worker", "w1"),
    IllegalTransition("lablet_session", "s1", "PENDING", "RUNNING", "too early"),
    RuleViolation("The worker is busy.", code="worker-busy", facts={"sessions": 2}),
    CapacityRefused("No room.", facts={"short_by": {"cpu_cores": 4}}),
    VersionConflict("worker-w1", 3),
    Conflict("Key used with another body.", code="idempotency-key-reused"),
    StaleLeader("resource-scheduler", 5, 9),
    InvalidInput([InputProblem("/slot/end", "before start")]),
]


@pytest.mark.parametrize("raised", RAISED, ids=lambda error: error.code)
async def test_an_error_of_our_own_service_arrives_as_it_was_raised(raised: LcmError) -> None:
    router = APIRouter()

    @router.get("/x")
    async def fail() -> None:
        raise raised

    settings = ServiceSettings(service_name="test-service", oidc_issuer="http://issuer.invalid")
    app = create_service_app(settings, routers=[router], public_routes=frozenset({"/x"}))
    async with serving(app) as url, JsonHttpClient("cpa", url) as client:
        with pytest.raises(type(raised)) as arrived:
            await client.request("GET", "/x")
    assert type(arrived.value) is type(raised)
    assert (arrived.value.code, str(arrived.value)) == (raised.code, str(raised))
    if not isinstance(raised, InvalidInput):
        assert arrived.value.facts == raised.facts


def test_certificates_are_always_verified() -> None:
    context = tls_context(None)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
