"""Run asyncio code on an event loop whose time jumps to the next timer instead of passing.

Hours of back-off, resync and lease time run in milliseconds, in the right order, with unchanged code. For pure
asyncio only: real sockets and processes do not follow virtual time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

ResultT = TypeVar("ResultT")
_START = datetime(2030, 1, 1, tzinfo=UTC)


class _JumpingSelector(selectors.SelectSelector):
    """Where a real selector would wait, adds the wait to the virtual time."""

    virtual_seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("Nothing will ever happen in this test: no task is ready and no timer is set.")
        if not ready and timeout is not None and timeout > 0:
            self.virtual_seconds += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.virtual_seconds


class LoopClock:
    """``lcm_core.clock.Clock`` on the time of the running loop, so that it follows a ``VirtualTimeLoop``."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def now(self) -> datetime:
        return _START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Usable after the loop has ended, too: the time at which it did."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def run_in_virtual_time(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """``asyncio.run`` for virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
