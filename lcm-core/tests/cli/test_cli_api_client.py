"""Calls of the command line to the API: within a deadline, repeated where that does no harm, streams to the letter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from lcm_core.cli.api.client import ApiClient, LongWork
from lcm_core.cli.api.live_stream import LiveStream, StreamEvent
from lcm_core.cli.api.problem import ApiProblem, Unreachable
from lcm_core.cli.api.sse_lines import LineTooLong, lines_of
from lcm_core.integration.http_policy import Deadlines, RetryPolicy, new_http_client
from lcm_core.testing.http_server import serving

QUICK = RetryPolicy(attempts=4, first_pause_seconds=0.001, longest_pause_seconds=0.002)
PATIENT = Deadlines(total_seconds=20)
Answer = Callable[[Request, int], Awaitable[Response]]


class SomeTokens:
    """*good* is what the server takes after a renewal."""

    def __init__(self, good: str | None = None) -> None:
        self._good = good

    async def token(self) -> str:
        return "token"

    async def renewed(self, refused: str) -> str | None:
        return self._good if refused != self._good else None


@asynccontextmanager
async def api(
    answer: Answer, *, deadlines: Deadlines = PATIENT, tokens: SomeTokens | None = None
) -> AsyncGenerator[tuple[ApiClient, list[Request]]]:
    requests: list[Request] = []

    async def handle(request: Request) -> Response:
        requests.append(request)
        return await answer(request, len(requests))

    app = Starlette(routes=[Route("/{path:path}", handle, methods=["GET", "POST"])])
    async with serving(app) as url, new_http_client(url) as http:
        yield ApiClient(url, http, tokens or SomeTokens(), QUICK, deadlines), requests


async def _never(_request: Request, _count: int) -> Response:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def test_a_call_with_all_its_attempts_ends_at_the_deadline() -> None:
    async with api(_never, deadlines=Deadlines(total_seconds=0.1)) as (client, _):
        with pytest.raises(Unreachable, match=r"no answer within 0\.1 s"):
            await client.get("/things")


async def test_long_work_is_asked_for_once_and_has_its_own_time() -> None:
    async def failing(_request: Request, _count: int) -> Response:
        return JSONResponse({"title": "no"}, 503)

    async with api(failing) as (client, requests):
        with pytest.raises(ApiProblem):
            await client.post("/verify", long=LongWork(10))
    assert len(requests) == 1
    async with api(_never) as (client, _):
        with pytest.raises(Unreachable, match=r"0\.1 s|ReadTimeout"):
            await client.post("/verify", long=LongWork(0.1))


async def test_the_server_says_how_long_to_rest_and_a_rest_beyond_the_deadline_is_not_begun() -> None:
    async def busy(_request: Request, count: int) -> Response:
        return JSONResponse({"count": count}, 200 if count > 1 else 429, headers={"Retry-After": "1"})

    begun = asyncio.get_running_loop().time()
    async with api(busy) as (client, _):
        assert await client.get("/things") == {"count": 2}
    assert asyncio.get_running_loop().time() - begun >= 1
    async with api(busy, deadlines=Deadlines(total_seconds=0.9)) as (client, requests):
        with pytest.raises(ApiProblem, match="429"):
            await client.get("/things")
    assert len(requests) == 1


async def _pieces(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ((b"a\nb\r\nc\rd\n",), ["a", "b", "c", "d"]),
        ((b"a\r", b"\nb\n"), ["a", "b"]),
        ((b"a\r", b"", b"\n\r", b"\n"), ["a", ""]),
        (("one \u2028 line \x0b of \u0085 four \x1c\n".encode(),), ["one \u2028 line \x0b of \u0085 four \x1c"]),
        (("ä".encode()[:1], "ä".encode()[1:] + b"\n", b"no end"), ["ä"]),
    ],
)
async def test_a_line_ends_where_the_specification_says(chunks: Iterable[bytes], lines: list[str]) -> None:
    assert [line async for line in lines_of(_pieces(*chunks))] == lines


async def test_a_line_without_end_is_given_up() -> None:
    with pytest.raises(LineTooLong):
        _ = [line async for line in lines_of(_pieces(b"abc", b"def"), most_bytes=5)]


def frame(id: str, **data: object) -> str:
    told = {"kind": "lablet_session", "aggregate_id": "s-1", "version": 7, **data}
    return f"event: lablet_session.created.v1\nid: {id}\ndata: {json.dumps(told, ensure_ascii=False)}\n\n"


def stream(*frames: str) -> Response:
    return StreamingResponse(iter(frames), media_type="text/event-stream")


async def first(events: AsyncGenerator[StreamEvent], count: int) -> list[StreamEvent]:
    found = [await anext(events) for _ in range(count)]
    await events.aclose()
    return found


async def test_every_event_of_a_commit_is_told_once_over_two_connections() -> None:
    commit = [frame("s-1@7#0"), frame("s-1@7#1", text="two \u2028 lines"), frame("s-1@7")]

    async def answer(_request: Request, count: int) -> Response:
        return stream(*commit[:2]) if count == 1 else stream(*commit[1:], frame("s-1@8"))

    async with api(answer) as (client, requests):
        told = await first(LiveStream(client, last_id="s-1@6").events(), 4)
    assert [event.id for event in told] == ["s-1@7#0", "s-1@7#1", "s-1@7", "s-1@8"]
    assert told[1].data["text"] == "two \u2028 lines"
    assert [request.headers["Last-Event-ID"] for request in requests] == ["s-1@6", "s-1@7#1"]


async def test_a_stream_is_opened_with_a_renewed_token() -> None:
    async def answer(request: Request, _count: int) -> Response:
        return stream("all") if request.headers["Authorization"] == "Bearer new" else JSONResponse({}, 401)

    async with api(answer, tokens=SomeTokens("new")) as (client, requests), client.stream("/export", {}, {}) as pieces:
        assert b"".join([piece async for piece in pieces]) == b"all"
    assert len(requests) == 2
