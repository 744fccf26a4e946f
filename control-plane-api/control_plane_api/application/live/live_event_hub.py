"""Keeps the last commits and hands each new one to every open stream."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile

from control_plane_api.application.live.interest import EVERYTHING, Interest, Subject
from control_plane_api.application.live.live_event import LiveChange
from lcm_core.observability import meter

_meter = meter("control_plane_api.live")
_streams = _meter.create_up_down_counter("lcm_live_streams", description="Live event streams that are open.")
_dropped = _meter.create_counter(
    "lcm_live_streams_dropped_total", description="Live streams closed because their reader was too slow."
)

HEARTBEAT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    commit_id: str
    subject: Subject
    events: tuple[bytes, ...]
    frames: bytes
    """All of ``events``, joined once for all streams."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: through with every commit up to *number*, and with *events* of the one behind it."""

    number: int
    events: int = 0


class Subscription:
    """What one stream has not sent yet. ``closed`` tells why it ends: the service stops, or the reader is too slow."""

    def __init__(self, interest: Interest, limit: int, missed: Sequence[_Entry], seen_of_first: int) -> None:
        self._interest = interest
        self._limit = limit
        self._waiting: deque[bytes] = deque()
        for place, entry in enumerate(missed):
            if interest.includes(entry.subject):
                half_seen = place == 0 and seen_of_first > 0
                self._waiting.append(b"".join(entry.events[seen_of_first:]) if half_seen else entry.frames)
        self._wake = asyncio.Event()
        self.closed: str | None = None

    def offer(self, entry: _Entry) -> None:
        if self.closed is not None or not self._interest.includes(entry.subject):
            return
        if len(self._waiting) >= self._limit:
            self.close("slow reader")
            _dropped.add(1)
            return
        self._waiting.append(entry.frames)
        self._wake.set()

    def close(self, why: str) -> None:
        self.closed = why
        self._waiting.clear()
        self._wake.set()

    async def next_frames(self, within_seconds: float = HEARTBEAT_SECONDS) -> bytes | None:
        """Everything that waits, as one piece; b"" after so many silent seconds; None when the stream is to end."""
        if not self._waiting and self.closed is None:
            self._wake.clear()
            try:
                async with asyncio.timeout(within_seconds):
                    await self._wake.wait()
            except TimeoutError:
                return b""
        if self.closed is not None:
            return None
        frames = b"".join(self._waiting)
        self._waiting.clear()
        return frames


class LiveEventHub:
    """A ring of the last *replay_commits* commits, encoded once by *encode*, and the streams that are open now."""

    def __init__(
        self, encode: Callable[[LiveChange], Sequence[bytes]], *, replay_commits: int, queue_events: int
    ) -> None:
        self._encode = encode
        self._ring: deque[_Entry] = deque(maxlen=replay_commits)
        self._number = 0
        self._queue_events = queue_events
        self._subscriptions: set[Subscription] = set()
        self._stopped = False

    @property
    def position(self) -> int:
        """Number of the last commit taken in; 0 before the first."""
        return self._number

    @property
    def last_commit_id(self) -> str | None:
        return self._ring[-1].commit_id if self._ring else None

    def publish(self, *changes: LiveChange) -> None:
        """All of them or, when one cannot be encoded, none."""
        frames = [tuple(self._encode(change)) for change in changes]
        for change, events in zip(changes, frames, strict=True):
            self._number += 1
            entry = _Entry(self._number, change.commit.id, change.subject, events, b"".join(events))
            self._ring.append(entry)
            for subscription in tuple(self._subscriptions):
                subscription.offer(entry)

    @property
    def streams(self) -> int:
        return len(self._subscriptions)

    def place_of(self, event_id: str) -> Place | None:
        """Where a reader goes on that saw *event_id* last; None when that is no longer known.

        The last event of a commit has the commit's id, those before it have their number behind it.
        """
        commit_id, _, index = event_id.partition("#")
        for entry in reversed(self._ring):
            if entry.commit_id == commit_id:
                return Place(entry.number - 1, int(index) + 1) if index.isdecimal() else Place(entry.number)
        return None

    def still_has_after(self, position: int) -> bool:
        """Whether every commit after *position* is still in the ring."""
        oldest = self._ring[0].number if self._ring else self._number + 1
        return oldest - 1 <= position <= self._number

    @contextmanager
    def subscribe(self, *, after: Place, interest: Interest = EVERYTHING) -> Iterator[Subscription]:
        """A stream of every commit after a place, those of the ring at once, without a gap or a repetition."""
        subscription = Subscription(interest, self._queue_events, self._after(after.number), after.events)
        if self._stopped:
            subscription.close("the service stops")
        self._subscriptions.add(subscription)
        _streams.add(1)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
            _streams.add(-1)

    def _after(self, position: int) -> list[_Entry]:
        missed = list(takewhile(lambda entry: entry.number > position, reversed(self._ring)))
        missed.reverse()
        return missed

    def forget(self) -> None:
        """Commits were missed: what is in the ring leads nowhere, and every reader has to begin with a snapshot."""
        self._number += 1
        self._ring.clear()
        for subscription in tuple(self._subscriptions):
            subscription.close("commits were missed")

    def reopen(self) -> None:
        self._stopped = False

    def stop(self) -> None:
        """End every stream: readers reconnect to another process, or to this one when it is back."""
        self._stopped = True
        for subscription in tuple(self._subscriptions):
            subscription.close("the service stops")
