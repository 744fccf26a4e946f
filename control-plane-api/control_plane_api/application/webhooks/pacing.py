"""How fast one receiver is sent to: its allowed rate, and the pauses that it asks for."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from control_plane_api.application.webhooks.deliveries import DeliveryPolicy
from lcm_core.clock import Clock

_A_MINUTE = 60.0
_MOST_DOUBLINGS = 30


class Pace:
    """Turns of one receiver, one after the other."""

    def __init__(self, clock: Clock, rate_per_minute: int | None, *, longest_seconds: float) -> None:
        self._clock = clock
        self._longest_seconds = longest_seconds
        self._next = 0.0
        self.rate_per_minute = rate_per_minute

    async def turn(self) -> None:
        """Return when the receiver may be sent to."""
        while (wait := self._next - self._clock.monotonic()) > 0:
            await self._clock.sleep(wait)
        if self.rate_per_minute is not None:
            self._next = max(self._next, self._clock.monotonic()) + _A_MINUTE / self.rate_per_minute

    def hold(self, seconds: float) -> None:
        """No turn before, as the receiver asks."""
        self._next = max(self._next, self._clock.monotonic() + min(seconds, self._longest_seconds))


class Slots:
    """Room for deliveries on their way. Receivers that fail or are slow share a part of it and cannot fill the rest."""

    def __init__(self, policy: DeliveryPolicy) -> None:
        self._fast = asyncio.Semaphore(policy.fast_slots)
        self._slow = asyncio.Semaphore(policy.slow_slots)

    @asynccontextmanager
    async def one(self, *, slow: bool) -> AsyncGenerator[None]:
        async with self._slow if slow else self._fast:
            yield


def pause_seconds(policy: DeliveryPolicy, attempts: int) -> float:
    """Before the attempt after that many."""
    doubled = policy.first_pause_seconds * 2.0 ** min(attempts - 1, _MOST_DOUBLINGS)
    return min(policy.longest_pause_seconds, doubled) * random.uniform(0.5, 1.0)
