"""Sessions that found no room, to be looked at again as soon as there may be some."""

from __future__ import annotations

from collections.abc import Callable, Iterable


class WaitingSessions:
    """Survives nothing: whoever is missing after a restart is found by the first resync."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def add(self, session_id: str) -> None:
        self._ids.add(session_id)

    def discard(self, session_id: str) -> None:
        self._ids.discard(session_id)

    def clear(self) -> None:
        self._ids.clear()

    def __len__(self) -> int:
        return len(self._ids)

    def wake(self, wake_one: Callable[[str], None], others: Iterable[str] = ()) -> None:
        """Have every waiting session, and *others*, looked at now."""
        for session_id in sorted(self._ids.union(others)):
            wake_one(session_id)
