"""Cut connections the way a dying machine does."""

import asyncio
import contextlib
import socket
import struct


def reset(transport: asyncio.BaseTransport) -> None:
    """Close with a TCP reset instead of a polite end."""
    sock = None
    with contextlib.suppress(AttributeError):  # a TLS transport that was closed twice has let go of its protocol
        sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()
    else:
        transport.close()
