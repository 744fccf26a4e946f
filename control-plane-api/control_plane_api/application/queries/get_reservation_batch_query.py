"""A class that was booked together, as it is now, and the seats that got no room when it was booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from control_plane_api.application.rows import Rows
from control_plane_api.application.services.guarantees import guarantee_of
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.contracts.reservations import (
    AlternativeSlot,
    ReservationAnswer,
    ReservationBatchAnswer,
    SeatRefusal,
)
from lcm_core.domain.errors import NotFound, NotYours
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, ReservationReadModel


@dataclass(frozen=True, slots=True)
class KeptBatch:
    reservation_ids: tuple[str, ...]
    refused: tuple[SeatRefusal, ...]
    alternatives: tuple[AlternativeSlot, ...]


class ReservationBatches(Protocol):
    async def find(self, id: str) -> KeptBatch | None: ...


@dataclass(frozen=True, slots=True)
class GetReservationBatchQuery(Query[ReservationBatchAnswer]):
    """With *owner_id* a batch of somebody else is as good as none."""

    batch_id: str
    owner_id: str | None = None


class GetReservationBatchQueryHandler:
    def __init__(
        self,
        batches: ReservationBatches,
        reservations: Rows[ReservationReadModel],
        sessions: Rows[LabletSessionReadModel],
        workers: Rows[CMLWorkerReadModel],
        clock: Clock,
    ) -> None:
        self._batches = batches
        self._reservations = reservations
        self._sessions = sessions
        self._workers = workers
        self._clock = clock

    async def handle(self, query: GetReservationBatchQuery) -> ReservationBatchAnswer:
        """Raises ``NotFound``, or ``NotYours``."""
        kept = await self._batches.find(query.batch_id)
        rows = {row.id: row for row in await self._reservations.by_ids(kept.reservation_ids)} if kept else {}
        if kept is None:
            raise NotFound("reservation batch", query.batch_id)
        for row in rows.values():
            if query.owner_id not in (None, row.owner_id):
                raise NotYours("reservation batch", query.batch_id, row.owner_id)
        ordered = [rows[id] for id in kept.reservation_ids]
        return ReservationBatchAnswer(
            batch_id=query.batch_id,
            accepted=await self._answers(ordered, self._clock.now()),
            refused=kept.refused,
            alternatives=kept.alternatives,
        )

    async def _answers(self, rows: list[ReservationReadModel], now: datetime) -> tuple[ReservationAnswer, ...]:
        sessions = {each.id: each for each in await self._sessions.by_ids([row.session_ids[-1] for row in rows])}
        holders = {id: each.worker_id or each.promised_worker_id for id, each in sessions.items()}
        workers = {each.id: each for each in await self._workers.by_ids(sorted(filter(None, set(holders.values()))))}
        answers: list[ReservationAnswer] = []
        for row in rows:
            session = sessions[row.session_ids[-1]]
            guarantee = guarantee_of(session, workers.get(holders[session.id] or ""), now)
            answers.append(ReservationAnswer(reservation=row, session=session, guarantee=guarantee))
        return tuple(answers)
