"""The control plane's time, as nearly as it can be known from here, and never ahead of it.

Slots are booked, granted and released by the control plane's clock; a deadline that fired by another one could fire
early. So its clock is read over the network, and carried on by this machine's monotonic clock, which nobody sets. An
answer was made before it arrived: what is carried on lies behind the true time by no more than the way here took.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.clock import ServerTime
from resource_scheduler.application.services import scheduler_metrics

log = structlog.stdlib.get_logger(__name__)


class TimeSource(Protocol):
    async def read(self) -> ServerTime: ...


@dataclass(frozen=True, slots=True)
class _Reading:
    server: datetime
    monotonic: float


class ServerClock:
    """Implements ``Clock``. Before the first reading ``now`` is this machine's time: who acts on a deadline calls
    ``sync`` first. A difference above *tolerance_seconds* is told to people, whenever it has changed by as much."""

    def __init__(
        self, source: TimeSource, local: Clock, *, read_every_seconds: float = 30.0, tolerance_seconds: float = 1.0
    ) -> None:
        self._source = source
        self._local = local
        self._read_every_seconds = read_every_seconds
        self._tolerance_seconds = tolerance_seconds
        self._reading: _Reading | None = None
        self._one_reads = asyncio.Lock()
        self._told_skew_seconds = 0.0

    def now(self) -> datetime:
        if self._reading is None:
            return self._local.now()
        passed = self._local.monotonic() - self._reading.monotonic
        return self._reading.server + timedelta(seconds=passed)

    def monotonic(self) -> float:
        return self._local.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._local.sleep(seconds)

    @property
    def skew_seconds(self) -> float | None:
        """How far this machine's clock is ahead of the server's; None before the first reading."""
        return None if self._reading is None else (self._local.now() - self.now()).total_seconds()

    async def sync(self) -> datetime:
        """The server's time, read again when the last reading is old. Raises FarEndError when it cannot be read."""
        if self._is_old():
            async with self._one_reads:
                if self._is_old():
                    await self._read()
        return self.now()

    def _is_old(self) -> bool:
        reading = self._reading
        return reading is None or self._local.monotonic() - reading.monotonic >= self._read_every_seconds

    async def _read(self) -> None:
        server = (await self._source.read()).now
        self._reading = _Reading(server, self._local.monotonic())
        skew = self.skew_seconds or 0.0
        scheduler_metrics.clock_skew(skew)
        if abs(skew - self._told_skew_seconds) >= self._tolerance_seconds:
            self._told_skew_seconds = skew
            log.warning("clock_skew", seconds_ahead_of_server=round(skew, 3))
