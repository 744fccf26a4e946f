"""Sessions that found no room, to be looked at again as soon as there may be some."""

from __future__ import annotations

from bisect import bisect_left, insort

from lcm_core.placement.fleet import PlacementRequest
from lcm_core.placement.queue_order import QueueKey, queue_order

FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 300.0
_ESCALATED_AFTER = 5


class WaitingSessions:
    """Survives nothing: whoever is missing after a restart is found by the first resync.

    A session in vain so often in a row is looked at ever less by itself, from the fifth time on every 300 seconds;
    capacity that changes wakes it whenever it does.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, PlacementRequest] = {}
        self._in_vain: dict[str, int] = {}
        self._queue: list[QueueKey] = []

    def add(self, request: PlacementRequest) -> float:
        """It found no room, once more; in how many seconds to look again if nothing changes."""
        session_id = request.session_id
        self._take_out(session_id)
        self._waiting[session_id] = request
        insort(self._queue, queue_order(request))
        in_vain = self._in_vain[session_id] = self._in_vain.get(session_id, 0) + 1
        if in_vain >= _ESCALATED_AFTER:
            return LONGEST_PAUSE_SECONDS
        return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (in_vain - 1))

    def looked_at(self, session_id: str) -> None:
        """Its turn has come: it waits again only if it finds no room."""
        self._take_out(session_id)

    def forget(self, session_id: str) -> None:
        """It waits for nothing any more."""
        self._take_out(session_id)
        self._in_vain.pop(session_id, None)

    def clear(self) -> None:
        self._waiting.clear()
        self._in_vain.clear()
        self._queue.clear()

    def position(self, request: PlacementRequest) -> int:
        """Where *request* stands, or would stand, in the queue: 1 is first."""
        return bisect_left(self._queue, queue_order(request)) + 1

    def _take_out(self, session_id: str) -> None:
        known = self._waiting.pop(session_id, None)
        if known is not None:
            del self._queue[bisect_left(self._queue, queue_order(known))]

    def times_in_vain(self, session_id: str) -> int:
        return self._in_vain.get(session_id, 0)

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def all(self) -> list[PlacementRequest]:
        return list(self._waiting.values())
