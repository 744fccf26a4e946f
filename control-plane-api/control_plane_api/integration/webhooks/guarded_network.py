"""Connections to receivers: the name is resolved once, what it leads to is checked, and exactly that is connected to.

A name that says something else the next time (DNS rebinding) is of no use to anybody: every new connection is checked,
and TLS goes on verifying the certificate of the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable, Sequence
from typing import cast

import httpcore2
from typing_extensions import override

from control_plane_api.application.webhooks.addresses import AddressRefused, AddressRules, Resolver

_RESOLVE_SECONDS = 5.0


class SystemResolver:
    """``Resolver`` as the host does it."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_RESOLVE_SECONDS):
                found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise OSError(f"{host} could not be resolved within {_RESOLVE_SECONDS:g} s") from error
        except UnicodeError as error:
            raise OSError(f"{host} is no name of a host") from error
        return list(dict.fromkeys(str(address[4][0]) for address in found))


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
        """Raises ``AddressRefused`` when any address of *host* is not allowed."""
        try:
            found = await self._resolver.addresses(host, port)
        except OSError as error:
            raise httpcore2.ConnectError(f"{host} is not found: {error}") from error
        for address in found:
            if (why := self._rules.refusal(address)) is not None:
                raise AddressRefused(host, why)
        return await self._first_of(host, found, port, timeout, local_address, socket_options)

    async def _first_of(
        self,
        host: str,
        addresses: Sequence[str],
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.AsyncNetworkStream:
        last: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
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
