"""A streaming answer that lets go of readers that do not read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager

import structlog
from starlette.responses import StreamingResponse
from starlette.types import Send
from typing_extensions import override

from lcm_core.lazy_timer import LazyTimer

log = structlog.stdlib.get_logger(__name__)

SEND_SECONDS = 20.0


class StreamedResponse(StreamingResponse):
    """Sends what *chunks* makes, one at a time, each within *send_seconds*. However it ends, *chunks* is closed."""

    def __init__(
        self,
        chunks: AsyncGenerator[bytes],
        *,
        media_type: str,
        headers: Mapping[str, str] | None = None,
        send_seconds: float = SEND_SECONDS,
    ) -> None:
        super().__init__(chunks, media_type=media_type, headers=headers)
        self._chunks = chunks
        self._send_seconds = send_seconds

    @override
    async def stream_response(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._chunks) as chunks:
            try:
                async with _patience() as timer:
                    async for chunk in chunks:
                        timer.set(self._send_seconds)
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                        timer.call_off()
            except TimeoutError:
                # Its connection takes nothing any more; returning without an end makes the server close it.
                log.info("stream_reader_stuck", waited_seconds=self._send_seconds)
                return
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@asynccontextmanager
async def _patience() -> AsyncGenerator[LazyTimer]:
    """Raises ``TimeoutError`` when the timer rings. A timeout for each piece would cost as much as sending it."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as limit:
        timer = LazyTimer(lambda: limit.reschedule(loop.time()))
        try:
            yield timer
        finally:
            timer.close()
