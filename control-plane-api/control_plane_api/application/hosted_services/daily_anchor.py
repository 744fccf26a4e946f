"""Writes down the heads of all chains once a day, by the server's clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Protocol

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.errors import LcmError
from lcm_core.eventstore.anchor import Anchor
from lcm_core.observability import meter

log = structlog.stdlib.get_logger(__name__)

_meter = meter("control_plane_api.audit")
_made = _meter.create_counter("lcm_audit_anchors_total", description="Anchors of the event log that were written.")
_failed = _meter.create_counter(
    "lcm_audit_anchor_failures_total", description="Times the anchor of the day could not be written; tried again."
)

ACTOR = "daily-anchor"
_RETRY_SECONDS = 60.0
_LONGEST_SLEEP_SECONDS = 3600.0


class DayAnchorer(Protocol):
    async def anchor_day(self, at: datetime, actor: str) -> Anchor | None:
        """None when the day has one."""
        ...


class DailyAnchor:
    """Work of the leading instance. What a day without us missed cannot be written down later: the next anchor is
    made at once, and covers what stands then."""

    def __init__(self, anchorer: DayAnchorer, clock: Clock) -> None:
        self._anchorer = anchorer
        self._clock = clock

    async def run(self) -> None:
        while True:
            done = await self._anchor()
            # Never longer than an hour, so that a clock that was set is noticed.
            await self._clock.sleep(min(self._until_tomorrow(), _LONGEST_SLEEP_SECONDS) if done else _RETRY_SECONDS)

    async def _anchor(self) -> bool:
        try:
            anchor = await self._anchorer.anchor_day(self._clock.now(), ACTOR)
        except LcmError as error:
            _failed.add(1)
            log.error("anchor_not_written", reason=error.message, next_try_seconds=_RETRY_SECONDS)
            return False
        if anchor is not None:
            _made.add(1)
            log.info("anchor_written", number=anchor.number, streams=anchor.streams, hash=anchor.hash)
        return True

    def _until_tomorrow(self) -> float:
        now = self._clock.now().astimezone(UTC)
        tomorrow = datetime.combine(now.date() + timedelta(days=1), time(tzinfo=UTC))
        return (tomorrow - now).total_seconds() + 1.0
