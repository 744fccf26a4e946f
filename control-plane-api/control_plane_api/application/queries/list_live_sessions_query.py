"""Sessions for reconcilers: all of some statuses at once."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import LIVE_SESSION_STATUSES, LabletSessionStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel

_AFTER_THE_HOST = frozenset({LabletSessionStatus.STOPPED, LabletSessionStatus.ARCHIVED})


@dataclass(frozen=True, slots=True)
class ListLiveSessionsQuery(Query[list[LabletSessionReadModel]]):
    """Sessions in any of *statuses*, oldest first; when none is named, in all live ones and those that ended and
    are graded again."""

    statuses: tuple[LabletSessionStatus, ...] = ()
    worker_id: str | None = None


class ListLiveSessionsQueryHandler:
    def __init__(self, sessions: Rows[LabletSessionReadModel], workers: Rows[CMLWorkerReadModel]) -> None:
        self._sessions = sessions
        self._workers = workers

    async def handle(self, query: ListLiveSessionsQuery) -> list[LabletSessionReadModel]:
        wanted = frozenset(query.statuses) or LIVE_SESSION_STATUSES
        if query.worker_id is None:
            found = await self._sessions.in_any("status", sorted(wanted))
            if not query.statuses:
                found += await self._ended_and_graded_again()
        else:
            on_worker = await self._on_worker(query.worker_id)
            found = [session for session in on_worker if session.status in wanted]
        return sorted(found, key=lambda session: (session.created_at, session.id))

    async def _ended_and_graded_again(self) -> list[LabletSessionReadModel]:
        graded = await self._sessions.where(**{"regrading.pending": True})
        return [session for session in graded if session.status not in LIVE_SESSION_STATUSES]

    async def _on_worker(self, worker_id: str) -> list[LabletSessionReadModel]:
        """Those that hold room there, and those that have given it back and are not ended yet."""
        worker = await self._workers.find(worker_id)
        holding = [allocation.session_id for allocation in worker.allocations] if worker is not None else []
        leaving = await self._sessions.in_any("status", sorted(_AFTER_THE_HOST))
        return [
            *await self._sessions.by_ids(holding),
            *(session for session in leaving if session.worker_id == worker_id and session.id not in holding),
        ]
