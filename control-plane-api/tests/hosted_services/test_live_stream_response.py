from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from control_plane_api.api.live_stream_response import LiveStreamResponse
from lcm_core.testing.virtual_time import run_in_virtual_time


class Frames:
    """Three frames, and whether they were closed."""

    def __init__(self) -> None:
        self.closed = False

    async def __call__(self) -> AsyncGenerator[bytes]:
        try:
            for number in range(3):
                yield b"%d" % number
        finally:
            self.closed = True


def test_everything_is_sent_and_the_answer_ends() -> None:
    sent: list[dict[str, Any]] = []
    frames = Frames()

    async def send(message: Any) -> None:
        sent.append(message)

    async def main() -> None:
        await LiveStreamResponse(frames()).stream_response(send)

    run_in_virtual_time(main())
    assert [message.get("body") for message in sent[1:]] == [b"0", b"1", b"2", b""]
    assert dict(sent[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert sent[-1]["more_body"] is False
    assert frames.closed


def test_a_reader_that_takes_nothing_is_let_go_and_its_place_given_up() -> None:
    sent: list[dict[str, Any]] = []
    frames = Frames()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait() if len(sent) > 1 else None
        sent.append(message)

    async def main() -> float:
        started = asyncio.get_running_loop().time()
        keeper = asyncio.create_task(asyncio.sleep(1000))
        await LiveStreamResponse(frames()).stream_response(send)
        keeper.cancel()
        return asyncio.get_running_loop().time() - started

    assert run_in_virtual_time(main()) < 60
    assert frames.closed
    assert all(message.get("more_body", True) for message in sent)
