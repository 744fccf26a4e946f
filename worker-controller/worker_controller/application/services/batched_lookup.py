"""Many questions at one time, one call; however many ask, calls keep a distance."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from lcm_core.clock import Clock, SystemClock

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")


@dataclass(slots=True)
class _Batch(Generic[KeyT, ValueT]):
    """``found`` or ``error`` is set when it has been fetched; neither, when whoever fetched was cancelled."""

    keys: set[KeyT] = field(default_factory=set)
    found: Mapping[KeyT, ValueT] | None = None
    error: Exception | None = None

    @property
    def fetched(self) -> bool:
        return self.found is not None or self.error is not None


class BatchedLookup(Generic[KeyT, ValueT]):
    """Whoever asks while a call is under way shares the next one; every answer was fetched after the question.

    Two calls begin at least *distance_seconds* apart: whoever asks sooner waits, and is joined by others meanwhile.
    """

    def __init__(
        self,
        fetch: Callable[[frozenset[KeyT]], Awaitable[Mapping[KeyT, ValueT]]],
        *,
        distance_seconds: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self._fetch = fetch
        self._distance = distance_seconds
        self._clock: Clock = clock or SystemClock()
        self._called_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._collecting: _Batch[KeyT, ValueT] = _Batch()

    async def get(self, key: KeyT) -> ValueT | None:
        """None when the far end knows nothing of *key*; raises what the call raised."""
        batch = self._collecting
        batch.keys.add(key)
        async with self._fetching:
            if not batch.fetched:
                await self._keep_distance()
                if batch is self._collecting:
                    self._collecting = _Batch()
                try:
                    batch.found = await self._fetch(frozenset(batch.keys))
                except Exception as error:  # noqa: BLE001 - raised below, for everybody in the batch
                    batch.error = error
        if batch.found is None:
            raise batch.error or AssertionError("a batch is fetched when the lock is given back")
        return batch.found.get(key)

    async def _keep_distance(self) -> None:
        rest = self._called_at + self._distance - self._clock.monotonic()
        if rest > 0:
            await self._clock.sleep(rest)
        self._called_at = self._clock.monotonic()
