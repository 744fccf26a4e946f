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
        """Raises ``StoreUnavailable``."""
        ...


class RefusedAttemptWriter:
    """``RefusalSink`` and hosted service: at most ``MOST_WAITING`` documents a second, the rest is counted only.

    What waits when the process dies is lost, what waits when it stops is written.
    """

    name = "refused-attempts"

    def __init__(self, store: RefusedAttemptStore, clock: Clock, *, pause_seconds: float = _PAUSE_SECONDS) -> None:
        self._store = store
        self._clock = clock
        self._pause_seconds = pause_seconds
        self._waiting: dict[tuple[object, ...], tuple[RefusedAttempt, int]] = {}
        self._some = asyncio.Event()

    def put(self, attempt: RefusedAttempt) -> None:
        key = sameness_of(attempt)
        first, count = self._waiting.get(key, (attempt, 0))
        if count == 0 and len(self._waiting) >= MOST_WAITING:
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
            await self._write()

    async def _write(self) -> None:
        """Everything that waits; while the database is away it goes on waiting."""
        self._some.clear()
        taken, self._waiting = self._waiting, {}
        if not taken:
            return
        try:
            await self._store.add([document_of(attempt, count) for attempt, count in taken.values()])
        except StoreUnavailable as error:
            log.warning("refused_attempts_not_kept_yet", waiting=len(taken), failure=str(error))
            for key, (first, count) in taken.items():
                self._waiting[key] = (first, count + self._waiting.get(key, (first, 0))[1])
            self._some.set()
