"""Keeps refused attempts, behind the answers that refuse them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from control_plane_api.application.refused_attempts import document_of, sameness_of
from lcm_core.application.refusals import RefusedAttempt
from lcm_core.clock import Clock
from lcm_core.domain.errors import StoreUnavailable
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)

_dropped = meter("control_plane_api.refusals").create_counter(
    "lcm_refused_attempts_dropped_total",
    description="Refused attempts that were not kept, because more came than can be written.",
)
MOST_WAITING = 1_000
_PAUSE_SECONDS = 1.0


class RefusedAttemptStore(Protocol):
    async def add(self, documents: Sequence[dict[str, Any]]) -> None:
        """Write those whose id is not there yet: may be repeated. Raises ``StoreUnavailable``."""
        ...


class RefusedAttemptWriter:
    """``RefusalSink`` and hosted service: at most ``MOST_WAITING`` documents a second, the rest is counted only.

    No more than that wait, however long the database is away. What waits when the process dies is lost, what waits when
    it stops is written.
    """

    name = "refused-attempts"

    def __init__(self, store: RefusedAttemptStore, clock: Clock, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._store = store
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._waiting: dict[tuple[object, ...], tuple[RefusedAttempt, int]] = {}
        self._unwritten: list[dict[str, Any]] = []
        self._some = asyncio.Event()

    def put(self, attempt: RefusedAttempt) -> None:
        key = sameness_of(attempt)
        first, count = self._waiting.get(key, (attempt, 0))
        if count == 0 and len(self._waiting) + len(self._unwritten) >= MOST_WAITING:
            _dropped.add(1)
            return
        self._waiting[key] = (first, count + 1)
        self._some.set()

    async def run(self) -> None:
        try:
            while True:
                await self._some.wait()
                await self._write()
                await self._clock.sleep(self._pause_seconds)
        finally:
            if await self._write() and self._waiting:
                await self._write()

    async def _write(self) -> bool:
        """Everything that waits, or once more what could not be written: with the same ids, since an attempt whose
        answer was lost may have written it. False while the database is away."""
        self._some.clear()
        if not self._unwritten:
            taken, self._waiting = self._waiting, {}
            self._unwritten = [document_of(attempt, count) for attempt, count in taken.values()]
        try:
            if self._unwritten:
                await self._store.add(self._unwritten)
        except StoreUnavailable as error:
            log.warning("refused_attempts_not_kept_yet", waiting=len(self._unwritten), failure=str(error))
            self._some.set()
            return False
        self._unwritten = []
        if self._waiting:
            self._some.set()
        return True
