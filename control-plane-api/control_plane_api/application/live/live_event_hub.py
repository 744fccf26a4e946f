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
from lcm_core.lazy_timer import LazyTimer
from lcm_core.observability import meter

_meter = meter("control_plane_api.live")
_streams = _meter.create_up_down_counter("lcm_live_streams", description="Live event streams that are open.")
_dropped = _meter.create_counter(
    "lcm_live_streams_dropped_total", description="Live streams closed because their reader was too slow."
)

HEARTBEAT_SECONDS = 15.0
Encode = Callable[[LiveChange], Sequence[bytes]]
_MOST_IN_A_PIECE = 200
"""What waits is shared by all readers, a piece is each reader's own: a thousand that come back must not hold it all."""


class _Entry:
    """One commit. It is encoded when somebody is to be told of it, once for all streams."""

    __slots__ = ("_change", "_encode", "_events", "_frames", "commit_id", "number", "subject")

    def __init__(self, number: int, change: LiveChange, encode: Encode) -> None:
        self.number = number
        self.commit_id = change.commit.id
        self.subject: Subject = change.subject
        self._change: LiveChange | None = change
        self._encode = encode
        self._events: tuple[bytes, ...] = ()
        self._frames = b""

    @property
    def events(self) -> tuple[bytes, ...]:
        self._encode_once()
        return self._events

    @property
    def frames(self) -> bytes:
        """All of ``events``, joined."""
        self._encode_once()
        return self._frames

    def _encode_once(self) -> None:
        if self._change is not None:
            self._events = tuple(self._encode(self._change))
            self._frames = b"".join(self._events)
            self._change = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: through with every commit up to *number*, and with *events* of the one behind it."""

    number: int
    events: int = 0


class Subscription:
    """What one stream has not sent yet. ``closed`` tells why it ends: the service stops, or the reader is too slow."""

    __slots__ = ("_limit", "_loop", "_silence", "_waiter", "_waiting", "closed")

    def __init__(self, limit: int, missed: Sequence[bytes]) -> None:
        """*missed* does not count against *limit*: who comes back is not slow."""
        self._limit = limit + len(missed)
        self._loop = asyncio.get_running_loop()
        self._waiting = list(missed)
        self._waiter: asyncio.Future[None] | None = None
        self._silence = LazyTimer(self._wake)
        self.closed: str | None = None

    def offer(self, frames: bytes) -> None:
        if self.closed is not None:
            return
        if len(self._waiting) >= self._limit:
            self.close("slow reader")
            _dropped.add(1)
            return
        self._waiting.append(frames)
        if self._waiter is not None:
            self._wake()

    def close(self, why: str) -> None:
        self.closed = self.closed or why
        self._waiting.clear()
        self._silence.close()
        self._wake()

    async def next_frames(self, within_seconds: float = HEARTBEAT_SECONDS) -> bytes | None:
        """What waits, as one piece; b"" after so many silent seconds; None when the stream is to end."""
        if not self._waiting and self.closed is None:
            await self._something(within_seconds)
        if self.closed is not None:
            return None
        if len(self._waiting) <= _MOST_IN_A_PIECE:
            frames = b"".join(self._waiting)
            self._waiting.clear()
        else:
            frames = b"".join(self._waiting[:_MOST_IN_A_PIECE])
            del self._waiting[:_MOST_IN_A_PIECE]
        return frames

    async def _something(self, within_seconds: float) -> None:
        """Returns at once when something waits or the stream ends, else after *within_seconds*.

        A future of its own and a timer that is hardly ever set: an event and a timeout for each wait took as long as
        writing to the socket.
        """
        self._waiter = self._loop.create_future()
        self._silence.set(within_seconds)
        try:
            await self._waiter
        finally:
            self._waiter = None
            self._silence.call_off()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class LiveEventHub:
    """A ring of the last *replay_commits* commits, and the streams that are open now.

    What somebody reads of it is encoded once by *encode*.
    """

    def __init__(self, encode: Encode, *, replay_commits: int, queue_events: int) -> None:
        self._encode: Encode = encode
        self._ring: deque[_Entry] = deque(maxlen=replay_commits)
        self._number = 0
        self._queue_events = queue_events
        self._readers: dict[Interest, set[Subscription]] = {}
        """By what they are to be told, which is decided once for all of the same interest."""
        self._streams = 0
        self._stopped = False

    @property
    def position(self) -> int:
        """Number of the last commit taken in; 0 before the first."""
        return self._number

    @property
    def last_commit_id(self) -> str | None:
        return self._ring[-1].commit_id if self._ring else None

    def publish(self, *changes: LiveChange) -> None:
        """All of them or, when one that somebody reads cannot be encoded, none."""
        entries = [_Entry(number, change, self._encode) for number, change in enumerate(changes, self._number + 1)]
        told = [(frames, readers) for entry in entries for frames, readers in self._told(entry)]
        self._number += len(entries)
        self._ring.extend(entries)
        for frames, readers in told:
            for subscription in readers:
                subscription.offer(frames)

    def _told(self, entry: _Entry) -> Iterator[tuple[bytes, set[Subscription]]]:
        for interest, readers in self._readers.items():
            if interest.includes(entry.subject):
                yield entry.frames, readers

    @property
    def streams(self) -> int:
        return self._streams

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
        subscription = Subscription(self._queue_events, self._missed(after, interest))
        if self._stopped:
            subscription.close("the service stops")
        self._enter(subscription, interest)
        try:
            yield subscription
        finally:
            subscription.close("its reader left")
            self._leave(subscription, interest)

    def _enter(self, subscription: Subscription, interest: Interest) -> None:
        self._readers.setdefault(interest, set()).add(subscription)
        self._streams += 1
        _streams.add(1)

    def _leave(self, subscription: Subscription, interest: Interest) -> None:
        readers = self._readers[interest]
        readers.discard(subscription)
        if not readers:
            del self._readers[interest]
        self._streams -= 1
        _streams.add(-1)

    def _missed(self, after: Place, interest: Interest) -> list[bytes]:
        entries = list(takewhile(lambda entry: entry.number > after.number, reversed(self._ring)))
        entries.reverse()
        begun = entries[0] if entries and after.events else None
        return [
            b"".join(entry.events[after.events :]) if entry is begun else entry.frames
            for entry in entries
            if interest.includes(entry.subject)
        ]

    def forget(self) -> None:
        """Commits were missed: what is in the ring leads nowhere, and every reader has to begin with a snapshot."""
        self._number += 1
        self._ring.clear()
        self._close_all("commits were missed")

    def reopen(self) -> None:
        self._stopped = False

    def stop(self) -> None:
        """End every stream: readers reconnect to another process, or to this one when it is back."""
        self._stopped = True
        self._close_all("the service stops")

    def _close_all(self, why: str) -> None:
        for readers in self._readers.values():
            for subscription in readers:
                subscription.close(why)
