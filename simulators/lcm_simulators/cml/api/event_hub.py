"""Fan-out of the ``/ws/ui`` event stream: one bounded queue for each listener."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

QUEUE_LENGTH = 10_000


class EventHub:
    """A listener that falls ``QUEUE_LENGTH`` messages behind is cut off, see ``is_listening``."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[dict[str, Any]]] = set()
        self.closed = False

    @property
    def busy(self) -> bool:
        return bool(self._listeners)

    def publish(self, message: dict[str, Any]) -> None:
        for queue in list(self._listeners):
            try:
                queue.put_nowait(message)
            except asyncio.QueueFull:
                self._listeners.discard(queue)

    def close(self, *, closed: bool) -> None:
        """Cut every listener off and take none, as a host or a proxy that has no event stream; or take them again."""
        self.closed = closed
        if closed:
            self._listeners.clear()

    def is_listening(self, queue: asyncio.Queue[dict[str, Any]]) -> bool:
        """False once the listener was cut off."""
        return queue in self._listeners

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[dict[str, Any]]]:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(QUEUE_LENGTH)
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)
