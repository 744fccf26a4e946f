"""The day's anchor: by the server's clock, caught up after downtime, tried again after a failure."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from control_plane_api.application.hosted_services.daily_anchor import DailyAnchor
from lcm_core.domain.errors import FarEndError, LcmError, StoredDataError
from lcm_core.eventstore.anchor import Anchor
from lcm_core.testing.manual_clock import ManualClock

EVENING = datetime(2030, 1, 1, 22, 30, tzinfo=UTC)


class Asked:
    """When it was asked for the anchor of the day; *failures* come first."""

    def __init__(self, *failures: LcmError) -> None:
        self.times: list[datetime] = []
        self._failures = list(failures)

    async def anchor_day(self, at: datetime, actor: str) -> Anchor | None:
        self.times.append(at)
        if self._failures:
            raise self._failures.pop(0)
        return None


@pytest.fixture
async def clock() -> AsyncIterator[ManualClock]:
    yield ManualClock(EVENING)


async def run(asked: Asked, clock: ManualClock, *steps: float) -> list[str]:
    """The times of day at which it was asked while time moved on in *steps* of seconds."""
    task = asyncio.create_task(DailyAnchor(asked, clock).run())
    for step in (0.0, *steps):
        clock.advance(step)
        for _ in range(5):
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    return [f"{at:%H:%M:%S}" for at in asked.times]


async def test_it_is_asked_for_at_the_start_and_right_after_midnight(clock: ManualClock) -> None:
    assert await run(Asked(), clock, 3600, 1800, 1) == ["22:30:00", "23:30:00", "00:00:01"]


async def test_what_fails_is_tried_again_each_minute(clock: ManualClock) -> None:
    asked = Asked(FarEndError("s3", "no answer", retryable=True), StoredDataError("anchor 7 is no anchor"))
    assert await run(asked, clock, 60, 60, 60) == ["22:30:00", "22:31:00", "22:32:00"]
