"""One durable handler of the change feed, with a queue of its own: it can fail without holding up the others."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

import structlog
from opentelemetry import metrics

from lcm_core.application.feed import FeedHandler
from lcm_core.domain.commit import Commit

_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 15.0
_MOST_AT_A_TIME = 100

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
        """Hand over what waits until cancelled."""
        while True:
            while not self._waiting:
                self._changed.clear()
                await self._changed.wait()
            items = self._next()
            await self._hand_over(items)
            # While the handler worked, the queue may have been replaced by a gap that covers the items.
            if self._still_waiting(items):
                for _ in items:
                    self._waiting.popleft()
            self.done = max(self.done, items[-1].number)
            self._progress()

    def _next(self) -> list[_Item]:
        """A gap, or the commits before the next one."""
        first = self._waiting[0]
        if first.commit is None:
            return [first]
        return list(islice(takewhile(lambda item: item.commit is not None, self._waiting), _MOST_AT_A_TIME))

    def _still_waiting(self, items: Sequence[_Item]) -> bool:
        return bool(self._waiting) and self._waiting[0] is items[0]

    async def _hand_over(self, items: Sequence[_Item]) -> None:
        commits = [item.commit for item in items if item.commit is not None]
        pause = _FIRST_PAUSE_SECONDS
        while self._still_waiting(items):
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    if commits:
                        await self._handler.handle(commits)
                    else:
                        await self._handler.on_gap()
                return
            except Exception:  # noqa: BLE001 - whatever a handler raises means «not done yet»; it is tried again
                _failures.add(1, {"handler": self._handler.name})
                told = commits[0].id if commits else "gap"
                _log.exception("feed handler failed; trying again", handler=self._handler.name, first=told)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 2)
