"""Lets one piece of work go on alone for a moment, while all other work of this process waits.

For what needs long and many things at one time, and is always beaten to one of them by something short.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Generator
from contextvars import ContextVar

_within: ContextVar[bool] = ContextVar("lcm_right_of_way_within", default=False)


class RightOfWay:
    """Who waits here waits *longest_seconds* at the most, and goes on then in any case: it is a courtesy, not a lock.

    Work within other work belongs to that, and never waits.
    """

    def __init__(self, longest_seconds: float) -> None:
        self._longest_seconds = longest_seconds
        self._one = asyncio.Lock()
        self._open = asyncio.Event()
        self._open.set()
        self._nobody = asyncio.Event()
        self._nobody.set()
        self._under_way = 0

    @contextlib.asynccontextmanager
    async def shared(self) -> AsyncGenerator[None]:
        if _within.get():
            yield
            return
        await self._wait_for(self._open)
        with self._counted():
            yield

    @contextlib.asynccontextmanager
    async def alone(self) -> AsyncGenerator[None]:
        """After everything that is under way, before everything that is not."""
        if _within.get():
            yield
            return
        async with self._one:
            self._open.clear()
            try:
                await self._wait_for(self._nobody)
                with self._counted():
                    yield
            finally:
                self._open.set()

    @contextlib.contextmanager
    def _counted(self) -> Generator[None]:
        token = _within.set(True)
        self._under_way += 1
        self._nobody.clear()
        try:
            yield
        finally:
            _within.reset(token)
            self._under_way -= 1
            if self._under_way == 0:
                self._nobody.set()

    async def _wait_for(self, event: asyncio.Event) -> None:
        if not event.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._longest_seconds):
                    await event.wait()
