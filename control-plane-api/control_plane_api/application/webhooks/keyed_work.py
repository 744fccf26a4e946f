"""Work on keys: each by one worker at a time, again after a rest, several keys at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import structlog

from lcm_core.clock import Clock
from lcm_core.reconcile import BackOff, KeyedWorkQueue

_BACK_OFF = BackOff(first_seconds=1.0, most_seconds=60.0)

log = structlog.stdlib.get_logger(__name__)

Handle = Callable[[str], Awaitable[float | None]]
"""Does what there is to do for a key; the answer is after how many seconds to look again, None when it is done."""


class KeyedWork:
    """A key whose handling raises comes back after a pause that doubles: the fault is ours or the store's."""

    def __init__(self, name: str, handle: Handle, *, workers: int, clock: Clock) -> None:
        self._name = name
        self._handle = handle
        self._workers = workers
        self._queue = KeyedWorkQueue(clock=clock, back_off=_BACK_OFF)

    def __len__(self) -> int:
        """Keys that wait, rest or are worked on."""
        return self._queue.depth + self._queue.delayed + len(self._queue.handling)

    def add(self, keys: Iterable[str]) -> None:
        """Cheap, and allowed while not running. A key that rests goes on resting."""
        for key in keys:
            if self._queue.due_in(key) is None:
                self._queue.add(key)

    def rouse(self, keys: Iterable[str]) -> None:
        """As ``add``, for keys of which something is known to have changed: they rest no longer."""
        for key in keys:
            self._queue.add(key)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._workers):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            key = (await self._queue.get()).key
            try:
                rest = await self._handle(key)
                self._queue.forget(key)
                if rest is not None:
                    self._queue.add_after(key, rest)
            except Exception as error:  # noqa: BLE001 - whatever it is, the key is looked at again
                pause = self._queue.retry(key)
                failures = self._queue.failures(key)
                log.warning(
                    "webhook_work_failed",
                    work=self._name,
                    key=key,
                    failures=failures,
                    error=repr(error),
                    again_in=pause,
                )
            finally:
                self._queue.done(key)
