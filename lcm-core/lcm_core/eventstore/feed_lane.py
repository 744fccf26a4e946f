"""One durable handler of the change feed, with a queue of its own: it can fail without holding up the others."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from opentelemetry import metrics

from lcm_core.application.feed import FeedHandler
from lcm_core.domain.commit import Commit

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 15.0

_log = structlog.stdlib.get_logger(__name__)
_failures = metrics.get_meter("lcm_core.feed").create_counter(
    "lcm_feed_handler_failures", unit="{failure}", description="Failed deliveries of the change feed, by handler"
)


@dataclass(frozen=True, slots=True)
class _Item:
    number: int
    commit: Commit | None
    """None stands for commits that were missed."""


class FeedLane:
    """*progress* is called whenever ``done`` has grown; *timeout_seconds* bounds each call of the handler."""

    def __init__(
        self, handler: FeedHandler, *, capacity: int, timeout_seconds: float, progress: Callable[[], None]
    ) -> None:
        self._handler = handler
        self._capacity = capacity
        self._timeout_seconds = timeout_seconds
        self._progress = progress
        self._waiting: deque[_Item] = deque()
        self._changed = asyncio.Event()
        self.done = 0
        """Number of the last item that the handler is through with."""

    def offer(self, number: int, commit: Commit) -> None:
        if len(self._waiting) >= self._capacity:
            _log.warning("feed handler fell behind; it will compare everything", handler=self._handler.name)
            self.miss(number)
            return
        self._waiting.append(_Item(number, commit))
        self._changed.set()

    def miss(self, number: int) -> None:
        """Everything up to *number* is lost to this handler; it is told so instead."""
        self._waiting.clear()
        self._waiting.append(_Item(number, None))
        self._changed.set()

    async def run(self) -> None:
        """Hand over one item after the other until cancelled."""
        while True:
            while not self._waiting:
                self._changed.clear()
                await self._changed.wait()
            item = self._waiting[0]
            await self._hand_over(item)
            # While the handler worked, the queue may have been replaced by a gap that covers the item.
            if self._waiting and self._waiting[0] is item:
                self._waiting.popleft()
            self.done = max(self.done, item.number)
            self._progress()

    async def _hand_over(self, item: _Item) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while self._waiting and self._waiting[0] is item:
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    if item.commit is None:
                        await self._handler.on_gap()
                    else:
                        await self._handler.handle(item.commit)
                return
            except Exception:  # noqa: BLE001 - whatever a handler raises means «not done yet»; it is tried again
                _failures.add(1, {"handler": self._handler.name})
                told = item.commit.id if item.commit else "gap"
                _log.exception("feed handler failed; trying again", handler=self._handler.name, item=told)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
