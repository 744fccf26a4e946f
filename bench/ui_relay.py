"""Stands between a browser and the service, and adds events to the live stream as if the service had sent them.

The local database cannot commit 500 times a second beside a browser. What a page makes of so many events is asked
nevertheless, so they are made here, and reach the page over its own stream.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx2
import orjson
from fastapi.sse import format_sse_event
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from lcm_core.domain.json_form import instant_text
from lcm_core.testing.http_server import serving

STREAM = "/api/v1/events/stream"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
BATCHES_PER_SECOND = 50
EVENT = "lablet_session.pipeline_step_recorded.v1"
_OF_ONE_HOP = frozenset({"connection", "transfer-encoding", "content-length", "host", "keep-alive"})


class Relay:
    """Passes everything on to *target*; ``burst`` adds events."""

    def __init__(self, target: httpx2.AsyncClient) -> None:
        self._target = target
        self._streams: set[asyncio.Queue[bytes]] = set()
        self.app = Starlette(routes=[Route("/{path:path}", self._pass_on, methods=METHODS)])

    async def burst(self, rows: Sequence[dict[str, Any]], per_second: int, seconds: float) -> float:
        """Events about *rows* in turn, *per_second* for *seconds*; how many a second were sent in truth."""
        size, begun, sent = per_second // BATCHES_PER_SECOND, time.monotonic(), 0
        while (now := time.monotonic()) < begun + seconds:
            for number in range(sent, sent + size):
                frame = _frame(rows[number % len(rows)], number)
                for stream in self._streams:
                    stream.put_nowait(frame)
            sent += size
            await asyncio.sleep(max(0.0, begun + sent / per_second - now))
        return sent / (time.monotonic() - begun)

    async def _pass_on(self, request: Request) -> Response:
        headers = [(name, value) for name, value in request.headers.items() if name not in _OF_ONE_HOP]
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        asked = self._target.build_request(request.method, path, headers=headers, content=await request.body())
        if request.url.path == STREAM:
            asked.headers["Accept-Encoding"] = "identity"
        answer = await self._target.send(asked, stream=True)
        body = self._with_events(answer) if request.url.path == STREAM else _raw(answer)
        passed = StreamingResponse(body, status_code=answer.status_code)
        passed.raw_headers = [
            (name.lower(), value) for name, value in answer.headers.raw if name.lower().decode() not in _OF_ONE_HOP
        ]
        return passed

    async def _with_events(self, answer: httpx2.Response) -> AsyncIterator[bytes]:
        """Frames of the service and of ``burst``, each whole."""
        frames: asyncio.Queue[bytes] = asyncio.Queue()
        self._streams.add(frames)
        reading = asyncio.create_task(_read_frames(answer, frames))
        try:
            while True:
                yield await frames.get()
        finally:
            self._streams.discard(frames)
            reading.cancel()
            await answer.aclose()


async def _read_frames(answer: httpx2.Response, frames: asyncio.Queue[bytes]) -> None:
    rest = b""
    async for part in answer.aiter_raw():
        *whole, rest = (rest + part).split(b"\n\n")
        for frame in whole:
            frames.put_nowait(frame + b"\n\n")


async def _raw(answer: httpx2.Response) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_raw():
            yield part
    finally:
        await answer.aclose()


def _frame(row: dict[str, Any], number: int) -> bytes:
    """The session of *row*, one commit later each time."""
    at, version = instant_text(datetime.now(UTC)), int(row["version"]) + 1 + number
    event = {
        "type": EVENT,
        "kind": "lablet_session",
        "aggregate_id": row["id"],
        "version": version,
        "at": at,
        "actor": "lablet-controller",
        "data": {"step": "wait_ready"},
        "row": {**row, "version": version, "updated_at": at, "pending_reason": f"seen {number} times"},
    }
    return format_sse_event(
        event=EVENT, id=f"lablet_session-{row['id']}@{version}", data_str=orjson.dumps(event).decode()
    )


@asynccontextmanager
async def relay_to(url: str) -> AsyncGenerator[tuple[Relay, str]]:
    """The relay and the base URL at which browsers find it."""
    async with httpx2.AsyncClient(
        base_url=url, timeout=httpx2.Timeout(30, read=None), follow_redirects=False
    ) as target:
        relay = Relay(target)
        async with serving(relay.app) as own_url:
            yield relay, own_url
