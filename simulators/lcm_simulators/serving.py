"""How a simulator process is served: uvicorn without access log, health routes, and the same inside a test."""

import asyncio
import contextlib
import logging
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import uvicorn
from fastapi import APIRouter, Response
from starlette.types import ASGIApp

from lcm_simulators.faults.protocol import DroppableHttpProtocol

_START_DEADLINE_SECONDS = 15.0
_STOP_GRACE_SECONDS = 2


def uvicorn_config(app: ASGIApp, *, host: str, port: int, log_level: str = "warning") -> uvicorn.Config:
    """The one server configuration of all simulators."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=DroppableHttpProtocol,
        access_log=False,
        log_level=log_level.lower(),
        timeout_graceful_shutdown=_STOP_GRACE_SECONDS,
    )


def run(app: ASGIApp, *, host: str, port: int, log_level: str) -> None:
    """Serve until SIGTERM or SIGINT."""
    logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # One line a request, however the level is set: the far ends are chatty enough.
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    uvicorn.Server(uvicorn_config(app, host=host, port=port, log_level=log_level)).run()


def health_router(ready: Callable[[], Awaitable[bool]]) -> APIRouter:
    """GET /health/live (the process answers) and /health/ready (its state is open and its loops run)."""
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/ready")
    async def is_ready(response: Response) -> dict[str, str]:
        if await ready():
            return {"status": "ready"}
        response.status_code = 503
        return {"status": "not ready"}

    return router


class _EmbeddedServer(uvicorn.Server):
    """uvicorn inside somebody else's process, whose signal handlers it must leave alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listener(host: str, port: int) -> socket.socket:
    """asyncio turns Nagle's algorithm off only where the protocol is told: else every answer waits 40 ms for an ACK."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(256)
    except OSError:
        listener.close()
        raise
    return listener


@contextlib.asynccontextmanager
async def serve_in_process(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve `app` in the running loop on a free port; yields its base URL, without a trailing slash."""
    with _listener(host, port) as listener:
        port = listener.getsockname()[1]
        server = _EmbeddedServer(uvicorn_config(app, host=host, port=port))
        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(server.serve(sockets=[listener]))
            try:
                async with asyncio.timeout(_START_DEADLINE_SECONDS):
                    while not server.started and not serving.done():  # noqa: ASYNC110  (uvicorn offers no event)
                        await asyncio.sleep(0.005)
                if not server.started:
                    raise RuntimeError("the simulator did not start: see its log")
                yield f"http://{host}:{port}"
            finally:
                server.should_exit = True


@contextlib.contextmanager
def serve_in_thread(app: ASGIApp, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Like serve_in_process, in a thread with a loop of its own: for callers that block, such as boto3."""
    with _listener(host, port) as listener:
        port = listener.getsockname()[1]
        server = _EmbeddedServer(uvicorn_config(app, host=host, port=port))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        try:
            deadline = time.monotonic() + _START_DEADLINE_SECONDS
            while not server.started:
                if not thread.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError("the simulator did not start: see its log")
                time.sleep(0.005)
            yield f"http://{host}:{port}"
        finally:
            server.should_exit = True
            thread.join()
