"""Which streams need work: each waits at most once, is worked on by one at a time, and rests after a failure."""

from __future__ import annotations

import asyncio
from collections import deque

_MOST_DOUBLINGS = 30


class StreamQueue:
    """A stream added while it is worked on runs again afterwards; one added while it rests stays at rest."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._queued: set[str] = set()
        self._running: set[str] = set()
        self._dirty: set[str] = set()
        self._resting: set[str] = set()
        self._failures: dict[str, int] = {}
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queued) + len(self._running) + len(self._resting)

    def add(self, stream: str) -> None:
        if stream in self._running:
            self._dirty.add(stream)
        elif stream not in self._queued and stream not in self._resting:
            self._queued.add(stream)
            self._waiting.append(stream)
            self._changed.set()

    async def take(self) -> str:
        """The next stream; ``finish`` must follow."""
        while not self._waiting:
            self._changed.clear()
            await self._changed.wait()
        stream = self._waiting.popleft()
        self._queued.discard(stream)
        self._running.add(stream)
        return stream

    def finish(self, stream: str, retry_after_seconds: float | None) -> None:
        """The work on *stream* has ended; with a number it comes back after that rest."""
        self._running.discard(stream)
        dirty = stream in self._dirty
        self._dirty.discard(stream)
        if retry_after_seconds is not None:
            self._resting.add(stream)
            asyncio.get_running_loop().call_later(retry_after_seconds, self._wake_up, stream)
        elif dirty:
            self.add(stream)

    def blame(self, stream: str) -> int:
        """Count a failure; how many there were in a row."""
        self._failures[stream] = min(self._failures.get(stream, 0) + 1, _MOST_DOUBLINGS)
        return self._failures[stream]

    def forgive(self, stream: str) -> None:
        self._failures.pop(stream, None)

    def _wake_up(self, stream: str) -> None:
        self._resting.discard(stream)
        self.add(stream)
