"""The answer to who follows the live stream: prepared bytes, shared by all readers."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from control_plane_api.api.streamed_response import SEND_SECONDS, StreamedResponse


class LiveStreamResponse(StreamedResponse):
    """``text/event-stream`` from a generator of encoded frames.

    FastAPI's own streaming would encode every event again for each reader; here all readers share the same bytes.
    """

    def __init__(self, frames: AsyncGenerator[bytes], *, send_seconds: float = SEND_SECONDS) -> None:
        super().__init__(
            frames,
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            send_seconds=send_seconds,
        )
