"""Loops that run for as long as a simulator serves."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine

log = logging.getLogger(__name__)


class BackgroundLoops:
    """The loops of one process. One that dies is logged with its traceback and makes `healthy` false."""

    def __init__(self) -> None:
        self._failed = False

    @property
    def healthy(self) -> bool:
        """False once a loop has died."""
        return not self._failed

    @contextlib.asynccontextmanager
    async def running(self, **loops: Coroutine[object, object, None]) -> AsyncIterator[None]:
        """Run each named coroutine until the block is left."""
        tasks = [asyncio.create_task(self._guard(name, loop), name=name) for name, loop in loops.items()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _guard(self, name: str, loop: Coroutine[object, object, None]) -> None:
        try:
            await loop
        except Exception:
            self._failed = True
            log.exception("the %s loop died", name)
            raise
