"""Connections to receivers: the name is resolved once, what it leads to is checked, and exactly that is connected to.

A name that says something else the next time (DNS rebinding) is of no use to anybody: every new connection is checked,
and TLS goes on verifying the certificate of the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import httpcore2
import structlog
from typing_extensions import override

from control_plane_api.application.webhooks.addresses import NOT_PUBLIC, AddressRefused, AddressRules, Resolver

log = structlog.stdlib.get_logger(__name__)

_RESOLVE_SECONDS = 5.0
_RESOLVING_AT_A_TIME = 64
_MOST_ADDRESSES = 4


class SystemResolver:
    """``Resolver`` as the host does it, on threads of its own: a name server that hangs holds up nobody else's work."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVING_AT_A_TIME, "webhook-names")

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await loop.run_in_executor(self._threads, _look_up, host, port)
        except TimeoutError as error:
            raise TimeoutError(f"{host} could not be resolved within {_RESOLVE_SECONDS:g} s") from error
        except UnicodeError as error:
            raise OSError(f"{host} is no name of a host") from error
        return list(dict.fromkeys(str(address[4][0]) for address in found))

    def close(self) -> None:
        """Whoever waits for a name server is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int) -> list[Any]:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class GuardedNetwork(httpcore2.AsyncNetworkBackend):
    def __init__(
        self, rules: AddressRules, resolver: Resolver, inner: httpcore2.AsyncNetworkBackend | None = None
    ) -> None:
        self._rules = rules
        self._resolver = resolver
        self._inner = inner or cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises ``AddressRefused`` when *host* is not found or any address of it is not allowed."""
        began = asyncio.get_running_loop().time()
        try:
            found = await self._resolver.addresses(host, port)
        except OSError as error:
            log.info("webhook_name_not_found", host=host, why=str(error))
            raise AddressRefused(host, f"it {NOT_PUBLIC}", ours=isinstance(error, TimeoutError)) from error
        if not self._rules.permits_all(found):
            log.warning("webhook_address_refused", host=host, addresses=list(found))
            raise AddressRefused(host, f"it {NOT_PUBLIC}")
        left = timeout if timeout is None else max(0.0, timeout - (asyncio.get_running_loop().time() - began))
        return await self._first_of(found, port, left, local_address, socket_options)

    async def _first_of(
        self,
        addresses: Sequence[str],
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.AsyncNetworkStream:
        last: Exception = httpcore2.ConnectError("no address was tried")
        tried = addresses[:_MOST_ADDRESSES]
        # One that swallows packets must leave time for those after it.
        share = None if timeout is None else timeout / len(tried)
        for address in tried:
            try:
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
        raise last

    @override
    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        raise AddressRefused(path, "it is no address on the network")

    @override
    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def new_pool(network: GuardedNetwork, tls: ssl.SSLContext, *, connections: int) -> httpcore2.AsyncConnectionPool:
    """Knows no proxy and no redirect. Connections are kept for a short while only, so that checks stay fresh."""
    return httpcore2.AsyncConnectionPool(
        ssl_context=tls,
        max_connections=connections,
        max_keepalive_connections=connections // 2,
        keepalive_expiry=15.0,
        network_backend=network,
    )
