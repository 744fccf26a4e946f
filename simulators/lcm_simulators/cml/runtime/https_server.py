"""HTTPS listeners: one shared application, one listener for each host, the host in the ASGI state."""

import asyncio
import ssl
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from lcm_simulators.cml.api.context import STATE_KEY, HostContext
from lcm_simulators.cml.runtime.connections import reset
from lcm_simulators.faults import DroppableHttpProtocol, FaultMiddleware, FaultPlan

RUNTIME_KEY = "cml_runtime"


class Gatekeeper(Protocol):
    """What a request passes on its way in and out."""

    async def admit(self) -> None:
        """Wait while the host does not answer, then bring its state up to the present."""
        ...

    async def settle(self) -> None:
        """Make the effects of the request visible and durable, before it is answered."""
        ...


class HostGate:
    """Pure ASGI middleware around the shared application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keeper: Gatekeeper = scope["state"][RUNTIME_KEY]
        await keeper.admit()

        async def send_settled(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                await keeper.settle()
            await send(message)

        await self._app(scope, receive, send_settled)


def shared_config(app: ASGIApp, plan: FaultPlan) -> Config:
    """Server configuration for all hosts of the process; the faults of ``plan`` strike outermost."""
    config = Config(
        FaultMiddleware(HostGate(app), plan),
        log_config=None,
        access_log=False,
        lifespan="off",
        http=DroppableHttpProtocol,
        ws="websockets-sansio",
        ws_ping_interval=20,
        timeout_keep_alive=75,
    )
    config.load()
    return config


class HttpsServer:
    """The web server of one host."""

    def __init__(self, config: Config, keeper: Gatekeeper, context: HostContext) -> None:
        self._config = config
        self._state = ServerState()
        self._state.default_headers = [(b"server", b"nginx")]
        self._app_state: dict[str, Any] = {RUNTIME_KEY: keeper, STATE_KEY: context}
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    async def open(self, address: str, port: int, tls: ssl.SSLContext) -> None:
        loop = asyncio.get_running_loop()

        def protocol() -> asyncio.Protocol:
            return DroppableHttpProtocol(self._config, self._state, self._app_state, loop)

        self._server = await loop.create_server(protocol, address, port, ssl=tls, backlog=512, reuse_address=True)

    def close(self) -> None:
        """Stop listening and reset every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for protocol in list(self._state.connections):
            transport = getattr(protocol, "transport", None)
            if transport is not None:
                reset(transport)
        for task in list(self._state.tasks):
            task.cancel()
