from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from control_plane_api.api.live_stream_response import LiveStreamResponse
from control_plane_api.application.live.live_event import LiveChange
from control_plane_api.application.live.live_event_hub import LiveEventHub, Place
from control_plane_api.testing.live_commits import a_commit
from lcm_core.testing.http_server import serving
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


def test_a_reader_that_takes_each_piece_in_time_may_take_long_for_all_of_them() -> None:
    sent: list[bytes] = []

    async def send(message: Any) -> None:
        await asyncio.sleep(15)
        sent.append(message.get("body", b""))

    async def main() -> None:
        await LiveStreamResponse(Frames()()).stream_response(send)

    run_in_virtual_time(main())
    assert sent == [b"", b"0", b"1", b"2", b""]


async def test_a_reader_that_stops_reading_its_socket_is_dropped_and_its_events_are_not_kept() -> None:
    hub = LiveEventHub(lambda change: [b"data: " + b"x" * 100_000 + b"\n\n"], replay_commits=1, queue_events=10)

    async def frames() -> AsyncGenerator[bytes]:
        with hub.subscribe(after=Place(0)) as subscription:
            while (each := await subscription.next_frames()) is not None:
                yield each

    async def stream(_: Request) -> LiveStreamResponse:
        return LiveStreamResponse(frames(), send_seconds=0.2)

    async with serving(Starlette(routes=[Route("/stream", stream)])) as url, asyncio.timeout(20):
        _, _, port = url.rpartition(":")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port), limit=1_000)
        writer.write(b"GET /stream HTTP/1.1\r\nHost: lcm\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        published = 0
        while published == 0 or hub.streams:
            hub.publish(LiveChange(a_commit(published), None))
            published += 1
            await asyncio.sleep(0.001)
        received = bytearray()
        while piece := await reader.read(65_536):
            received += piece
        writer.close()
    assert len(received) < published * 100_000
    assert not received.endswith(b"0\r\n\r\n")
