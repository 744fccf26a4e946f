"""Every call that leaves the controller: counted, and where something may go wrong with it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from lcm_core.clock import Clock
from lcm_core.domain.errors import FarEndError

T = TypeVar("T")


class Trouble(StrEnum):
    """``LOST`` is done without an answer, ``TWICE`` is done two times, ``LATE`` answers after a while.

    ``KILL`` stops the controller before it is done, ``KILL_AFTER`` when it is done and before the answer is read.
    """

    REFUSED = "refused"
    LOST = "lost"
    TWICE = "twice"
    LATE = "late"
    KILL = "kill"
    KILL_AFTER = "kill_after"


LATE_SECONDS = 7.0


class Wire:
    """*trouble* is asked at each call, by its name such as "ec2.launch"; *kill* stops the controller that calls."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.trouble: Callable[[str], Trouble | None] = lambda name: None
        self.kill: Callable[[], None] = lambda: None
        self.counts: Counter[str] = Counter()
        self._by_minute: Counter[tuple[int, str]] = Counter()

    async def call(self, name: str, effect: Callable[[], T], *, requests: int = 1) -> T:
        """*requests* is how many the real adapter would send for it."""
        self.counts[name] += requests
        self._by_minute[int(self._clock.monotonic() // 60), name.partition(".")[0]] += requests
        trouble = self.trouble(name)
        await asyncio.sleep(0)
        match trouble:
            case None:
                return effect()
            case Trouble.REFUSED:
                raise _broken(name, "refused")
            case Trouble.LOST:
                effect()
                raise _broken(name, "no answer")
            case Trouble.TWICE:
                effect()
                return effect()
            case Trouble.LATE:
                await self._clock.sleep(LATE_SECONDS)
                return effect()
            case Trouble.KILL:
                return await self._killed()
            case Trouble.KILL_AFTER:
                effect()
                return await self._killed()

    async def _killed(self) -> T:  # pyright: ignore[reportInvalidTypeVarUse]
        self.kill()
        await asyncio.Event().wait()
        raise AssertionError("who is killed does not go on")

    def busiest_minute(self, *far_ends: str, since: float = 0.0) -> int:
        """Most requests to *far_ends* together, such as "ec2", in any minute of the clock that began since then."""
        minutes: Counter[int] = Counter()
        for (minute, far_end), count in self._by_minute.items():
            if far_end in far_ends and minute * 60 >= since:
                minutes[minute] += count
        return max(minutes.values(), default=0)


def _broken(name: str, why: str) -> FarEndError:
    return FarEndError(name.partition(".")[0], f"{name}: {why}", retryable=True, code="memory-far-end")
