"""Time as a dependency: code that decides by the clock takes one, so that a test can turn it."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for what is stored and shown, monotonic time for deadlines, sleep for waiting."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC; may jump."""
        ...

    def monotonic(self) -> float:
        """Seconds since some moment in the past; never goes back. Only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return no sooner than *seconds* from now."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
