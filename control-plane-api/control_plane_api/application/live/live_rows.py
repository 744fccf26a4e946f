"""What is going on now: sessions and workers that have not ended, and those that ended a moment ago."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from control_plane_api.application.queries.list_workers_query import LIVE_WORKER_STATUSES
from control_plane_api.application.rows import Rows
from lcm_core.clock import Clock
from lcm_core.domain.enums import LIVE_SESSION_STATUSES, LabletSessionStatus
from lcm_core.domain.json_form import instant_text
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel

_MOST_ENDED = 500


class LiveSessions:
    """``LiveRows``; *ended_minutes* says for how long an ended session is still ``recent``."""

    def __init__(self, sessions: Rows[LabletSessionReadModel], *, ended_minutes: int, clock: Clock) -> None:
        self._sessions = sessions
        self._ended = timedelta(minutes=ended_minutes)
        self._clock = clock

    async def live(self) -> Sequence[LabletSessionReadModel]:
        return await self._sessions.in_any("status", sorted(LIVE_SESSION_STATUSES))

    async def recent(self) -> Sequence[LabletSessionReadModel]:
        """Live ones, and the newest of those that ended not long ago: on a busy day an hour ends thousands."""
        since, terminated = instant_text(self._clock.now() - self._ended), LabletSessionStatus.TERMINATED.value
        ended = await self._sessions.since("status_changed_at", since, _MOST_ENDED, status=terminated)
        return [*await self.live(), *ended]


class LiveWorkers:
    """``LiveRows`` of workers."""

    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def live(self) -> Sequence[CMLWorkerReadModel]:
        return await self._workers.in_any("status", sorted(LIVE_WORKER_STATUSES))
