"""Sees to it that the room of every session that has not begun is held by a worker that will be there."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.sessions import PromiseCapacity
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel
from lcm_core.integration.clients.sessions_api import SessionsApi
from lcm_core.placement.snapshots import placement_request
from resource_scheduler.application.services import scheduler_metrics
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.domain.supply import Need, why_broken
from resource_scheduler.domain.wake_order import Shape, shape_of

log = structlog.stdlib.get_logger(__name__)

_REFUSED_FOR_SECONDS = 300.0
"""A refusal may have had reasons that are not seen from here (the fleet limit): then it is asked again after this."""


@dataclass(frozen=True, slots=True)
class Promise:
    """``worker`` holds the room; None when nobody can. ``session`` is the row as it is now."""

    session: LabletSessionReadModel
    worker: CMLWorkerReadModel | None


@dataclass(frozen=True, slots=True)
class _Refusal:
    room_version: int
    at: float


class PromiseKeeper:
    """A promise that cannot be kept is asked for again at once, elsewhere; one that nobody could give is not asked for
    again before the fleet has changed."""

    def __init__(self, sessions: SessionsApi, fleet: FleetView, clock: Clock) -> None:
        self._sessions = sessions
        self._fleet = fleet
        self._clock = clock
        self._refused: dict[Shape, _Refusal] = {}

    async def stands(self, session: LabletSessionReadModel, need: Need) -> bool:
        """Whether a worker holds its room and will be there, as far as is known without asking."""
        holder = session.promised_worker_id
        return holder is not None and why_broken(await self._fleet.worker(holder), need) is None

    async def keep(self, session: LabletSessionReadModel, need: Need) -> Promise:
        """Who holds the room now; it is asked for again when whoever did cannot keep the promise."""
        holder = session.promised_worker_id
        worker = await self._fleet.worker(holder) if holder is not None else None
        why = "it has no promise" if holder is None else why_broken(worker, need)
        if why is None:
            return Promise(session, worker)
        return await self._ask_again(session, why)

    async def _ask_again(self, session: LabletSessionReadModel, why: str) -> Promise:
        holder = session.promised_worker_id
        shape = shape_of(placement_request(session.model_copy(update={"promised_worker_id": None})))
        if holder is None and self._known_refused(shape):
            return Promise(session, None)
        seen = self._fleet.room_version
        body = PromiseCapacity(reason=why, exclude=(holder,) if holder is not None else ())
        answer = await self._sessions.promise(session.id, body)
        log.info("promise_asked_for", session_id=session.id, was=holder, is_now=answer.worker_id, reason=why)
        if holder is not None:
            scheduler_metrics.promise("broken" if answer.worker_id is None else "moved")
        now = session.model_copy(update={"promised_worker_id": answer.worker_id})
        if answer.worker_id is None:
            self._refused[shape] = _Refusal(seen, self._clock.monotonic())
            return Promise(now, None)
        self._refused.pop(shape, None)
        await self._fleet.refresh(answer.worker_id)
        return Promise(now, await self._fleet.worker(answer.worker_id))

    def _known_refused(self, shape: Shape) -> bool:
        refusal = self._refused.get(shape)
        if refusal is None:
            return False
        stands = (
            refusal.room_version == self._fleet.room_version
            and self._clock.monotonic() - refusal.at < _REFUSED_FOR_SECONDS
        )
        if not stands:
            self._refused = {key: each for key, each in self._refused.items() if key != shape}
        return stands
