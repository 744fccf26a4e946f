"""Where the request in hand comes from, for the audit: the address of the client.

It is what the server says of the connection. Behind a proxy that is the proxy, unless ``trusted_proxies`` names it:
then the server believes its ``X-Forwarded-For``, from the right, up to the first address that is no proxy of ours. What
anybody else writes into that header is ignored.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.types import Scope

_LONGEST = 64
_current: ContextVar[str | None] = ContextVar("lcm_remote_address", default=None)


def remote_address() -> str | None:
    """The client's address, or None outside of any request."""
    return _current.get()


def address_of(scope: Scope) -> str | None:
    """The address in an ASGI scope; a proxy that is trusted could still forward nonsense, which is cut short."""
    client = scope.get("client")
    host = str(client[0]) if client else ""
    return "".join(letter for letter in host if letter.isprintable())[:_LONGEST] or None


@contextmanager
def use_remote_address(address: str | None) -> Generator[None]:
    token = _current.set(address)
    try:
        yield
    finally:
        _current.reset(token)
