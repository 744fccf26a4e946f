"""Which sessions are to end, as far as anybody has told: a hint, so that no step has to read the record first."""

from __future__ import annotations

import asyncio


class Interruptions:
    """Filled by the watch on the sessions' keys; empty, it only makes a termination wait for the end of a step."""

    def __init__(self) -> None:
        self._requested: set[str] = set()
        self._awaited: dict[str, asyncio.Event] = {}

    def note(self, session_id: str, *, requested: bool) -> None:
        if not requested:
            self._requested.discard(session_id)
            return
        self._requested.add(session_id)
        if session_id in self._awaited:
            self._awaited[session_id].set()

    def requested(self, session_id: str) -> bool:
        return session_id in self._requested

    async def wait(self, session_id: str) -> None:
        """Until the end of *session_id* is asked for. One caller for each session."""
        if session_id in self._requested:
            return
        asked = self._awaited[session_id] = asyncio.Event()
        try:
            await asked.wait()
        finally:
            del self._awaited[session_id]
