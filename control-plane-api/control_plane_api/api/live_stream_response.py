"""A streaming answer that sends prepared bytes and lets go of readers that do not read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from fastapi.sse import EventSourceResponse
from starlette.types import Send
from typing_extensions import override

log = structlog.stdlib.get_logger(__name__)

_SEND_SECONDS = 20.0


class LiveStreamResponse(EventSourceResponse):
    """``text/event-stream`` from a generator of encoded frames.

    FastAPI's own streaming would encode every event again for each reader; here all readers share the same bytes.
    """

    def __init__(self, frames: AsyncGenerator[bytes]) -> None:
        super().__init__(frames, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._frames = frames

    @override
    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._frames) as frames:
            try:
                async for frame in frames:
                    async with asyncio.timeout(_SEND_SECONDS):
                        await send({"type": "http.response.body", "body": frame, "more_body": True})
            except TimeoutError:
                # Its connection takes nothing any more; returning without an end makes the server close it.
                log.info("live_stream_reader_stuck", waited_seconds=_SEND_SECONDS)
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
