"""Checkpoints on their way to control-plane-api, in order."""

from __future__ import annotations

from lcm_core.clock import Clock
from lcm_core.contracts.sessions import RecordStep
from lcm_core.coordination import NotLeader
from lcm_core.domain.errors import LcmError, StaleLeader
from lcm_core.integration.clients.sessions_api import SessionsApi

OLDEST_UNWRITTEN_SECONDS = 0.25


class StepRecords:
    """Because a second run of a step is harmless, records of quick steps need not hold up the next step.

    They are written together when the pipeline pauses or ends, and at the latest when the oldest of them is
    ``OLDEST_UNWRITTEN_SECONDS`` old.
    """

    def __init__(self, sessions: SessionsApi, clock: Clock, session_id: str, worker_id: str | None = None) -> None:
        self._sessions = sessions
        self._clock = clock
        self._session_id = session_id
        self._worker_id = worker_id
        self._unwritten: list[RecordStep] = []
        self._oldest_at = 0.0

    def add(self, record: RecordStep) -> None:
        if not self._unwritten:
            self._oldest_at = self._clock.monotonic()
        self._unwritten.append(record.model_copy(update={"worker_id": self._worker_id}))

    async def write_if_old(self) -> None:
        if self._unwritten and self._clock.monotonic() - self._oldest_at >= OLDEST_UNWRITTEN_SECONDS:
            await self.write()

    async def write(self) -> None:
        while self._unwritten:
            await self._sessions.record_step(self._session_id, self._unwritten[0])
            del self._unwritten[0]

    async def try_to_write(self) -> None:
        """While a step is under way: that it cannot be told is no reason to break it off, a lost leadership is."""
        try:
            await self.write()
        except (NotLeader, StaleLeader):
            raise
        except LcmError:
            return  # tried again at the end of the step, where an error counts
