"""Serves an ASGI application on a real socket inside the running loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator, Sequence
from typing import Any

import uvicorn
from typing_extensions import override

_START_SECONDS = 30
"""Longer than an application itself waits for what it needs, so that its own message is the one that is told."""


class _ServerWithoutSignals(uvicorn.Server):
    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """The test runner keeps its own handling of Ctrl-C."""
        yield


@contextlib.asynccontextmanager
async def serving(app: Any, *, host: str = "127.0.0.1", trusted_proxies: Sequence[str] = ()) -> AsyncGenerator[str]:
    """Base URL of *app*, started with its lifespan; stopped at the end of the block."""
    # asyncio turns Nagle's algorithm off only where the protocol is told: else every answer waits 40 ms for an ACK
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind((host, 0))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        forwarded_allow_ips=list(trusted_proxies),
    )
    server = _ServerWithoutSignals(config)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(server.serve([listener]))
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not server.started:
                    if task.done():
                        raise RuntimeError("the application did not start; its log says why")
                    await asyncio.sleep(0.005)
            yield f"http://{host}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await asyncio.wait({task})
            listener.close()
