"""How an ASGI application gets hold of its connection, so that it can be cut without an answer."""

from asyncio import BaseTransport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT_EXTENSION = "lcm.transport"


class DroppableHttpProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, with the transport in `scope["extensions"]["lcm.transport"]`.

    ASGI has no word for «hang up»: a server answers 500 for an application that says nothing. Pass this class as
    `http=` to uvicorn.Config; without it a drop fault cuts the connection after the response headers.
    """

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: Any = self.scope
        scope["extensions"] = {TRANSPORT_EXTENSION: self.transport}


def transport_of(scope: Any) -> BaseTransport | None:
    """The connection behind an HTTP scope, when the server offers it."""
    return (scope.get("extensions") or {}).get(TRANSPORT_EXTENSION)
