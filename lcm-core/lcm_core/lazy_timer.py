"""A timer for what hardly ever takes too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class LazyTimer:
    """Calls *ring* when the moment last set has passed and was not called off.

    The event loop is asked for a call only once in a while: setting and calling off, thousands of times a second, only
    move a number. When the call comes too early, the next one is asked for. A timer belongs to one event loop, and is
    to be closed, since the loop keeps it until its call comes.
    """

    __slots__ = ("_at", "_call", "_loop", "_ring")

    def __init__(self, ring: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._ring = ring
        self._at: float | None = None
        self._call: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """To ring so many seconds from now, and not at the moment set before."""
        self._at = self._loop.time() + seconds
        if self._call is None:
            self._call = self._loop.call_at(self._at, self._called)
        elif self._at < self._call.when():
            self._call.cancel()
            self._call = self._loop.call_at(self._at, self._called)

    def call_off(self) -> None:
        self._at = None

    def close(self) -> None:
        self._at = None
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _called(self) -> None:
        self._call = None
        if self._at is None:
            return
        if self._loop.time() < self._at:
            self._call = self._loop.call_at(self._at, self._called)
            return
        self._at = None
        self._ring()
