"""How much work waits, as the database knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MOST_COUNTED_WORK = 10_000
"""Counting goes no further."""


@dataclass(frozen=True, slots=True)
class WorkCounts:
    """``to_place``: sessions that are not placed, whenever they begin. ``newest_commit_at`` is None of an empty log."""

    to_place: int
    inbound_to_apply: int
    inbound_parked: int
    inbound_dead: int
    deliveries_waiting: int
    deliveries_since: datetime | None
    """When the delivery that waits longest was queued."""
    outbound_dead: int
    newest_commit_at: datetime | None


class CountsWork(Protocol):
    async def counts(self) -> WorkCounts:
        """Each at most ``MOST_COUNTED_WORK``. Raises ``StoreUnavailable``."""
        ...
