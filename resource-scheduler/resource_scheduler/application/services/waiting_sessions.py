"""Sessions that found no room, to be looked at again as soon as there may be some."""

from __future__ import annotations

from resource_scheduler.domain.wake_order import Waiting

FIRST_PAUSE_SECONDS = 15.0
LONGEST_PAUSE_SECONDS = 300.0
_ESCALATED_AFTER = 5


class WaitingSessions:
    """Survives nothing: whoever is missing after a restart is found by the first resync.

    A session in vain so often in a row is looked at ever less by itself, from the fifth time on every 300 seconds;
    capacity that changes wakes it whenever it does.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}
        self._in_vain: dict[str, int] = {}

    def add(self, waiting: Waiting) -> float:
        """It found no room, once more; in how many seconds to look again if nothing changes."""
        session_id = waiting.request.session_id
        self._waiting[session_id] = waiting
        in_vain = self._in_vain[session_id] = self._in_vain.get(session_id, 0) + 1
        if in_vain >= _ESCALATED_AFTER:
            return LONGEST_PAUSE_SECONDS
        return min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (in_vain - 1))

    def looked_at(self, session_id: str) -> None:
        """Its turn has come: it waits again only if it finds no room."""
        self._waiting.pop(session_id, None)

    def forget(self, session_id: str) -> None:
        """It waits for nothing any more."""
        self._waiting.pop(session_id, None)
        self._in_vain.pop(session_id, None)

    def clear(self) -> None:
        self._waiting.clear()
        self._in_vain.clear()

    def times_in_vain(self, session_id: str) -> int:
        return self._in_vain.get(session_id, 0)

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._waiting

    def __len__(self) -> int:
        return len(self._waiting)

    def all(self) -> list[Waiting]:
        return list(self._waiting.values())
