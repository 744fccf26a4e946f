"""A service as a process: it starts, tells why it cannot, and stops when asked."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2

from lcm_core.hosting import wait_for
from lcm_core.settings import ServiceSettings

SERVICE = """
import asyncio, contextlib, gc, sys
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import StreamingResponse
from lcm_core.hosting import create_service_app, serve, wait_for
from lcm_core.observability import configure_observability
from lcm_core.observability.origin import remote_address
from lcm_core.settings import ServiceSettings

class Work:
    name = "work"
    async def run(self):
        try:
            await asyncio.Event().wait()
        finally:
            print("work stopped", flush=True)

router = APIRouter()

@router.get("/stream")
async def stream(request: Request):
    async def pieces():
        while not request.app.state.stopping.is_set():
            yield b"tick"
            await asyncio.sleep(0.02)
        yield b"bye"
    return StreamingResponse(pieces())

@router.get("/whence")
async def whence():
    return remote_address()

@router.get("/heap")
async def heap():
    return {"set_aside": gc.get_freeze_count(), "looked_at": len(gc.get_objects())}

async def needed():
    if "missing" in sys.argv:
        raise ConnectionError("nobody there")

@contextlib.asynccontextmanager
async def resources():
    await wait_for("database", needed, 0.3)
    yield
    print("resources closed", flush=True)

settings = ServiceSettings(
    service_name="test-service",
    oidc_issuer="http://issuer.invalid",
    port=int(sys.argv[1]),
    trusted_proxies=["127.0.0.0/8"] if "proxied" in sys.argv else [],
)
configure_observability(settings)
app = create_service_app(
    settings,
    routers=[router],
    hosted_services=[Work()],
    resources=resources,
    public_routes=frozenset({"/stream", "/whence", "/heap"}),
)
serve(app, settings)
"""


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@asynccontextmanager
async def service(port: int, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVICE, str(port), *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@asynccontextmanager
async def _up(port: int) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client of the service, once it answers."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http:

        async def alive() -> None:
            (await http.get("/health/live")).raise_for_status()

        await wait_for("the service", alive, 20)
        yield http


async def test_it_stops_cleanly_when_asked_to() -> None:
    port = _free_port()
    async with service(port) as process, _up(port):
        process.send_signal(signal.SIGTERM)
        output, _ = await asyncio.wait_for(process.communicate(), 10)
    stopped = [line for line in output.decode().splitlines() if not line.startswith("{")]
    assert stopped == ["work stopped", "resources closed"]
    assert process.returncode == 0


async def test_an_open_stream_does_not_delay_the_stop() -> None:
    port = _free_port()
    async with service(port) as process, _up(port) as http:
        async with http.stream("GET", "/stream") as response:
            pieces = response.aiter_bytes()
            await anext(pieces)
            asked = time.monotonic()
            process.send_signal(signal.SIGTERM)
            rest = b"".join([piece async for piece in pieces])
        await asyncio.wait_for(process.communicate(), 10)
    assert rest.endswith(b"bye")
    assert time.monotonic() - asked < 5


async def test_it_tells_what_was_missing_at_start_and_fails() -> None:
    async with service(_free_port(), "missing") as process:
        output, _ = await asyncio.wait_for(process.communicate(), 20)
    assert process.returncode == 3
    assert b"database did not become ready within 0.3 s; last failure: ConnectionError: nobody there" in output


async def test_an_address_is_believed_of_trusted_proxies_only() -> None:
    port = _free_port()
    async with service(port, "proxied"), _up(port) as behind_proxies:
        forwarded = {"X-Forwarded-For": "203.0.113.5, 198.51.100.9, 127.0.0.9"}
        seen = (await behind_proxies.get("/whence", headers=forwarded)).json()
    assert seen == "198.51.100.9"
    assert ServiceSettings(service_name="test", oidc_issuer="http://issuer.invalid").trusted_proxies == []


async def test_a_collection_of_garbage_looks_at_what_came_after_the_start_only() -> None:
    port = _free_port()
    async with service(port), _up(port) as http:
        heap = (await http.get("/heap")).json()
    assert heap["looked_at"] < heap["set_aside"] / 5
