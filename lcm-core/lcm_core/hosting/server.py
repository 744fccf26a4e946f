"""Runs an application on uvicorn the same way everywhere."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import uvicorn
from fastapi import FastAPI
from typing_extensions import override

from lcm_core.hosting.collector import start_set_aside
from lcm_core.settings import ServiceSettings

_STUCK_READER_SECONDS = 60.0


class ServiceServer(uvicorn.Server):
    """Tells the application that it is stopping before it waits for open requests.

    Long answers such as event streams watch ``app.state.stopping`` and end, so that a stop does not take the whole
    grace time.
    """

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping
        self._running = ExitStack()

    @override
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """SIGTERM and SIGINT stop gracefully and then let the process end with 0; a second SIGINT ends it at once."""
        loop = asyncio.get_running_loop()
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._running.enter_context(start_set_aside())
        for server in self.servers:
            for listener in server.sockets:
                _give_up_on_stuck_readers(listener)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        self._running.close()
        await super().shutdown(sockets)


def _give_up_on_stuck_readers(listener: socket.socket) -> None:
    """A closed connection waits until its reader has taken what is left, which a stuck one never does.

    Connections inherit the option; Linux alone has it. It counts only while something waits to be taken.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None and listener.family in (socket.AF_INET, socket.AF_INET6):
        listener.setsockopt(socket.IPPROTO_TCP, option, round(_STUCK_READER_SECONDS * 1000))


def _server(app: FastAPI, settings: ServiceSettings) -> ServiceServer:
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_grace_seconds)),
        timeout_keep_alive=30,
        forwarded_allow_ips=settings.trusted_proxies,
    )
    return ServiceServer(config, app.state.stopping)


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT; returns after a graceful stop, exits with code 3 when start-up fails."""
    server = _server(app, settings)
    server.run()
    if not server.started:
        raise SystemExit(3)


async def run_server(app: FastAPI, settings: ServiceSettings) -> None:
    """``serve`` inside a running loop, for a process that does more than serve."""
    await _server(app, settings).serve()
