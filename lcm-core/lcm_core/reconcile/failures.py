"""Keys that fail, and when to tell people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog

from lcm_core.clock import Clock
from lcm_core.reconcile.reconciler import Failed

log = structlog.stdlib.get_logger(__name__)

OnEscalation = Callable[[str, int, str], Awaitable[None]]
"""Called with key, failures in a row and the last reason."""


@dataclass(slots=True)
class Failing:
    failures: int
    reason: str
    since: datetime
    escalated: bool = False


class FailureBook:
    """Tells *on_escalation* once for each row of failures: at the *escalate_after*-th, or at the first that cannot be
    retried. When telling fails it is tried again with the next failure."""

    def __init__(
        self, *, escalate_after: int, on_escalation: OnEscalation | None, deadline_seconds: float, clock: Clock
    ) -> None:
        self._escalate_after = escalate_after
        self._on_escalation = on_escalation
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self.failing: dict[str, Failing] = {}

    def succeeded(self, key: str) -> None:
        self.failing.pop(key, None)

    def keep(self, keys: Iterable[str]) -> None:
        """Drop the entries of all other keys: what they were about is no more."""
        self.failing = {key: self.failing[key] for key in list(keys)}

    async def failed(self, key: str, failure: Failed, failures: int) -> bool:
        """Note the failure; whether it was escalated now."""
        entry = self.failing.setdefault(key, Failing(0, "", self._clock.now()))
        entry.failures, entry.reason = failures, failure.reason
        if entry.escalated or (failure.retryable and failures < self._escalate_after):
            return False
        entry.escalated = await self._escalate(key, entry)
        return entry.escalated

    async def _escalate(self, key: str, entry: Failing) -> bool:
        log.error("reconcile_escalated", key=key, failures=entry.failures, reason=entry.reason)
        if self._on_escalation is None:
            return True
        try:
            async with asyncio.timeout(self._deadline_seconds):
                await self._on_escalation(key, entry.failures, entry.reason)
        except Exception as error:
            log.exception("reconcile_escalation_failed", key=key, error=str(error))
            return False
        return True
