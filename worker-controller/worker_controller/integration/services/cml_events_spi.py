"""The event stream of CML hosts: the WebSocket that CML's own user interface lives on.

It is in no published schema: the client sends one message with its token and receives from then on. A host may not have
it, or a proxy before it may not let it through; ``NoEventStream`` says so.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

from lcm_core.domain.errors import FarEndError
from worker_controller.domain.host_change import HostChange, NoEventStream, host_change
from worker_controller.integration.services.cml_system_spi import CmlHostRegistry

_PATH = "/ws/ui"
_LARGEST_MESSAGE_BYTES = 8 * 2**20
_POLICY_VIOLATION = 1008
_NO_STREAM = frozenset({400, 403, 404, 405, 426, 501})
"""Answers to a handshake that asking again soon does not change; others are taken for a host that boots or stumbles."""


class CmlEventsSpiClient:
    """``HostEventsPort``. *silence_seconds* without any sign of life, pings included, ends a stream."""

    def __init__(self, hosts: CmlHostRegistry, *, open_seconds: float = 5.0, silence_seconds: float = 20.0) -> None:
        self._hosts = hosts
        self._open_seconds = open_seconds
        self._silence_seconds = silence_seconds

    @asynccontextmanager
    async def open(self, address: str) -> AsyncGenerator[AsyncIterator[HostChange]]:
        access = self._hosts.event_access(address)
        token = await access.tokens.token()
        try:
            async with connect(
                f"{access.url.replace('https', 'wss', 1)}{_PATH}",
                ssl=access.tls,
                proxy=None,
                open_timeout=self._open_seconds,
                ping_interval=self._silence_seconds,
                ping_timeout=self._silence_seconds,
                close_timeout=2,
                max_size=_LARGEST_MESSAGE_BYTES,
            ) as socket:
                await socket.send(json.dumps({"token": token, "client_uuid": str(uuid4())}))
                yield _changes(socket)
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code == _POLICY_VIOLATION:
                access.tokens.invalidate(token)
            raise _broken(address, str(closed)) from closed
        except InvalidStatus as refused:
            status = refused.response.status_code
            if status in _NO_STREAM:
                raise NoEventStream(address, f"it answers {status}") from refused
            raise _broken(address, f"it answers {status}") from refused
        except (TimeoutError, OSError, InvalidHandshake, WebSocketException) as error:
            raise _broken(address, str(error) or type(error).__name__) from error


async def _changes(socket: ClientConnection) -> AsyncIterator[HostChange]:
    """Ends when the host closes the stream in good order; what cannot be read is passed over."""
    async for message in socket:
        try:
            change = host_change(json.loads(message))
        except ValueError:
            continue
        if change is not None:
            yield change


def _broken(address: str, why: str) -> FarEndError:
    return FarEndError(
        "cml", f"The event stream of CML at {address} broke: {why}", retryable=True, code="cml-event-stream-broken"
    )
