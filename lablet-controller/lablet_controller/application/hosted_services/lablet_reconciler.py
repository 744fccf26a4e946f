"""Brings every lablet session from its booking to nothing left of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import structlog

from lablet_controller.application.hosted_services.phases.phase import Moved, Phase, PhaseResult
from lablet_controller.application.services.session_work import SessionWork
from lcm_core.clock import Clock
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, RequeueAfter, Result

log = structlog.stdlib.get_logger(__name__)

_MOST_MOVES = 12
"""More state changes than a session has: a call that makes more runs in a circle."""
_CIRCLE_PAUSE_SECONDS = 5.0
_WORKER_IS_FRESH_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _SeenWorker:
    worker_id: str | None
    worker: CMLWorkerReadModel | None
    at: float


class LabletReconciler:
    """Implements ``Reconciler``; the key is the session's id. Each state has its phase.

    After a move the session is read again and its next phase runs in the same call: a session goes from
    INSTANTIATING to READY without waiting for anybody's wake-up.
    """

    def __init__(
        self, control_plane: ControlPlaneApiClient, phases: Mapping[LabletSessionStatus, Phase], clock: Clock
    ) -> None:
        self._control_plane = control_plane
        self._phases = phases
        self._clock = clock

    async def list_keys(self) -> Collection[str]:
        return [session.id for session in await self._control_plane.sessions.list()]

    async def reconcile(self, key: str) -> Result:
        seen: _SeenWorker | None = None
        for _ in range(_MOST_MOVES):
            try:
                session = await self._control_plane.sessions.get(key)
            except NotFound:
                return Done()
            if session.status is LabletSessionStatus.TERMINATED and session.regrading is None:
                return Done()
            seen = await self._look_at_worker(session.worker_id, seen)
            work = SessionWork(session, seen.worker)
            with structlog.contextvars.bound_contextvars(session_id=key, status=session.status.value):
                result = await self._handle(work)
            if not isinstance(result, Moved):
                return result
        log.error("session_moves_in_a_circle", session_id=key)
        return RequeueAfter(_CIRCLE_PAUSE_SECONDS, "it moved too often in one call")

    async def _handle(self, work: SessionWork) -> PhaseResult:
        """The phase of its state, then another grading beside it when that was asked for: it holds nothing up."""
        ended = LabletSessionStatus.TERMINATED
        result = await self._phases[work.session.status](work) if work.session.status is not ended else Done()
        if work.session.regrading is None or isinstance(result, Moved):
            return result
        graded = await self._phases[ended](work)
        if isinstance(graded, RequeueAfter) and isinstance(result, Done | RequeueAfter):
            return min((each for each in (graded, result) if isinstance(each, RequeueAfter)), key=lambda r: r.seconds)
        return graded if isinstance(graded, Moved) else result

    async def _look_at_worker(self, worker_id: str | None, seen: _SeenWorker | None) -> _SeenWorker:
        """Moves follow each other within milliseconds: one look at the worker is good for a moment."""
        now = self._clock.monotonic()
        if seen is not None and seen.worker_id == worker_id and now - seen.at < _WORKER_IS_FRESH_SECONDS:
            return seen
        return _SeenWorker(worker_id, await self._worker(worker_id), now)

    async def _worker(self, worker_id: str | None) -> CMLWorkerReadModel | None:
        if worker_id is None:
            return None
        try:
            return await self._control_plane.workers.get(worker_id)
        except NotFound:
            return None
