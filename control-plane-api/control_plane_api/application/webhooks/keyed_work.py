"""Work on keys: each by one worker at a time, again after a rest, several keys at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable

import structlog

from lcm_core.eventstore.stream_queue import StreamQueue

_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0

log = structlog.stdlib.get_logger(__name__)

Handle = Callable[[str], Awaitable[float | None]]
"""Does what there is to do for a key; the answer is after how many seconds to look again, None when it is done."""


class KeyedWork:
    """A key whose handling raises comes back after a pause that doubles: the fault is ours or the store's."""

    def __init__(self, name: str, handle: Handle, *, workers: int) -> None:
        self._name = name
        self._handle = handle
        self._workers = workers
        self._queue = StreamQueue()

    def __len__(self) -> int:
        """Keys that wait, rest or are worked on."""
        return len(self._queue)

    def add(self, keys: Iterable[str]) -> None:
        """Cheap, and allowed while not running. A key that rests goes on resting."""
        for key in keys:
            self._queue.add(key)

    def rouse(self, keys: Iterable[str]) -> None:
        """As ``add``, for keys of which something is known to have changed: they rest no longer."""
        for key in keys:
            self._queue.rouse(key)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            key = await self._queue.take()
            rest: float | None = None
            try:
                rest = await self._handle(key)
                self._queue.forgive(key)
            except Exception as error:  # noqa: BLE001 - whatever it is, the key is looked at again
                failures = self._queue.blame(key)
                rest = _pause(failures)
                log.warning(
                    "webhook_work_failed", work=self._name, key=key, failures=failures, error=repr(error), again_in=rest
                )
            finally:
                self._queue.finish(key, rest)


def _pause(failures: int) -> float:
    ceiling = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (failures - 1))
    return ceiling * random.uniform(0.5, 1.0)
