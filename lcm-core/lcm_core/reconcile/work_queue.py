"""A queue of keys in which a key is at most once, and handled at most once at a time.

    add ──► waiting ──take──► handling ──done──► gone
             ▲  ▲                │ add while handling: dirty, waits again after done
     due ────┘  └── done, dirty ─┘
    add_after / retry ──► delayed

The queue, not the handler, owns the back-off: a key that fails again and again waits longer each time. A change wakes
a delayed key at once, since it may be what the key waited for; only a key that has just failed keeps a short distance,
so that a handler which changes its own key before it fails cannot spin.
"""

from __future__ import annotations

import asyncio
import heapq
import random
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from lcm_core.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class BackOff:
    """Pause after the n-th failure in a row: anything up to first * 2^(n-1) seconds, and up to *most*.

    The whole pause is random (full jitter), so that keys which failed together do not come back together. With
    *escalate_after*, from so many failures on the pause is *most*, less a fifth at random: what fails again
    and again is not helped by trying often. Outages of other systems escalate nothing and pause up to *outage_most*.
    """

    first_seconds: float = 0.5
    most_seconds: float = 60.0
    escalate_after: int | None = None
    outage_most_seconds: float = 10.0

    def bounds(self, failures: int, *, outages: int = 0) -> tuple[float, float]:
        """Shortest and longest pause in seconds, after the n-th failure or the n-th outage in a row."""
        if outages:
            return 0.0, min(self.most_seconds, self.outage_most_seconds, self._doubled(outages))
        if self.escalate_after is not None and failures >= self.escalate_after:
            return 0.8 * self.most_seconds, self.most_seconds
        return 0.0, min(self.most_seconds, self._doubled(failures))

    def _doubled(self, times: int) -> float:
        return self.first_seconds * 2.0 ** min(times - 1, 60)


@dataclass(frozen=True, slots=True)
class Work:
    """A key to handle now, and how long it had been ready for that."""

    key: str
    waited_seconds: float


class KeyedWorkQueue:
    """Not thread-safe; belongs to one event loop. First come, first served."""

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        back_off: BackOff | None = None,
        distance_after_failure_seconds: float = 1.0,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._clock: Clock = clock or SystemClock()
        self._back_off = back_off or BackOff()
        self._distance_seconds = distance_after_failure_seconds
        self._uniform = uniform
        self._waiting: OrderedDict[str, float] = OrderedDict()
        self._handling: set[str] = set()
        self._dirty: dict[str, float] = {}
        self._due: dict[str, float] = {}
        self._timers: list[tuple[float, int, str]] = []
        self._order = count()
        self._failures: dict[str, int] = {}
        self._outages: dict[str, int] = {}
        self._not_before: dict[str, float] = {}
        self._changed = asyncio.Event()

    # -- what is in it

    @property
    def depth(self) -> int:
        """Keys ready to be handled."""
        return len(self._waiting)

    @property
    def delayed(self) -> int:
        """Keys that wait for their time."""
        return len(self._due)

    @property
    def handling(self) -> frozenset[str]:
        return frozenset(self._handling)

    def failures(self, key: str) -> int:
        """Failures of *key* in a row, outages of other systems not counted."""
        return self._failures.get(key, 0)

    def outages(self, key: str) -> int:
        """Outages of other systems that *key* met since it was last handled without one."""
        return self._outages.get(key, 0)

    def due_in(self, key: str) -> float | None:
        """Seconds until *key* comes back by itself; None when it does not."""
        due = self._due.get(key)
        return None if due is None else max(0.0, due - self._clock.monotonic())

    # -- putting in

    def add(self, key: str) -> None:
        """*key* may have changed: handle it as soon as possible, once more if it is being handled."""
        now = self._clock.monotonic()
        if key in self._handling:
            self._dirty.setdefault(key, now)
            return
        if key in self._waiting:
            return
        not_before = self._not_before.get(key, now)
        if not_before > now:
            self._schedule(key, not_before)
            return
        self._make_ready(key, now)

    def add_after(self, key: str, seconds: float) -> None:
        """Handle *key* after *seconds*, or earlier if it is due or added earlier."""
        if key in self._waiting:
            return
        if seconds <= 0:
            self.add(key)
            return
        self._schedule(key, self._clock.monotonic() + seconds)

    def retry(self, key: str, *, outage: bool = False) -> float:
        """*key* failed: handle it again after a pause, whose length in seconds is returned.

        An *outage* is counted by itself: however long another system is away, the key has not failed more often.
        """
        now = self._clock.monotonic()
        if outage:
            self._outages[key] = self._outages.get(key, 0) + 1
            self._not_before[key] = now + self._distance_seconds
            bounds = self._back_off.bounds(self.failures(key), outages=self._outages[key])
        else:
            bounds = self._back_off.bounds(self._count_failure(key, now))
        pause = self._uniform(*bounds)
        self._schedule(key, now + pause)
        return pause

    def fail(self, key: str) -> None:
        """*key* failed and is not to be tried again by itself."""
        self._count_failure(key, self._clock.monotonic())

    def forget(self, key: str) -> None:
        """*key* did not fail: its next failure counts as the first."""
        self._failures.pop(key, None)
        self._outages.pop(key, None)
        self._not_before.pop(key, None)

    def clear(self) -> None:
        """Forget everything; only while nothing is being handled."""
        self._handling.clear()
        for each in (
            self._waiting,
            self._dirty,
            self._due,
            self._timers,
            self._failures,
            self._outages,
            self._not_before,
        ):
            each.clear()

    # -- taking out

    def take(self) -> Work | None:
        """The next key that is ready; it counts as being handled until ``done``."""
        now = self._clock.monotonic()
        self._promote(now)
        if not self._waiting:
            return None
        key, since = self._waiting.popitem(last=False)
        self._due.pop(key, None)
        self._handling.add(key)
        return Work(key, max(0.0, now - since))

    async def get(self) -> Work:
        """``take``, waiting for as long as nothing is ready."""
        while True:
            work = self.take()
            if work is not None:
                return work
            self._changed.clear()
            try:
                async with asyncio.timeout(self._next_due_in()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def done(self, key: str) -> None:
        """The handling of *key* has ended; if it was added meanwhile it waits again."""
        self._handling.discard(key)
        dirty_since = self._dirty.pop(key, None)
        if dirty_since is not None:
            self.add(key)

    # -- inside

    def _count_failure(self, key: str, now: float) -> int:
        self._outages.pop(key, None)
        self._failures[key] = self._failures.get(key, 0) + 1
        self._not_before[key] = now + self._distance_seconds
        return self._failures[key]

    def _make_ready(self, key: str, since: float) -> None:
        self._due.pop(key, None)
        self._waiting[key] = since
        self._changed.set()

    def _schedule(self, key: str, due: float) -> None:
        known = self._due.get(key)
        if known is not None and known <= due:
            return
        self._due[key] = due
        heapq.heappush(self._timers, (due, next(self._order), key))
        self._changed.set()

    def _promote(self, now: float) -> None:
        """Move the keys whose time has come; a timer that was overtaken by another is dropped."""
        while self._timers and self._timers[0][0] <= now:
            due, _, key = heapq.heappop(self._timers)
            if self._due.get(key) != due:
                continue
            del self._due[key]
            if key in self._handling:
                self._dirty.setdefault(key, due)
            elif key not in self._waiting:
                self._make_ready(key, due)

    def _next_due_in(self) -> float | None:
        while self._timers and self._due.get(self._timers[0][2]) != self._timers[0][0]:
            heapq.heappop(self._timers)
        return max(0.0, self._timers[0][0] - self._clock.monotonic()) if self._timers else None
