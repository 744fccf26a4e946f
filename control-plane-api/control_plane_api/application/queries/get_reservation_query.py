"""One booking, with its session and who holds its room."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from control_plane_api.application.services.guarantees import guarantee_of
from lcm_core.application.mediator import Query
from lcm_core.clock import Clock
from lcm_core.contracts.reservations import ReservationAnswer
from lcm_core.domain.errors import NotYours
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, ReservationReadModel


@dataclass(frozen=True, slots=True)
class GetReservationQuery(Query[ReservationAnswer]):
    """With *owner_id* a booking of somebody else is as good as none."""

    reservation_id: str
    owner_id: str | None = None


class GetReservationQueryHandler:
    def __init__(
        self,
        reservations: Rows[ReservationReadModel],
        sessions: Rows[LabletSessionReadModel],
        workers: Rows[CMLWorkerReadModel],
        clock: Clock,
    ) -> None:
        self._reservations = reservations
        self._sessions = sessions
        self._workers = workers
        self._clock = clock

    async def handle(self, query: GetReservationQuery) -> ReservationAnswer:
        """Raises ``NotFound``, or ``NotYours``."""
        reservation = await self._reservations.get(query.reservation_id)
        if query.owner_id is not None and reservation.owner_id != query.owner_id:
            raise NotYours("reservation", query.reservation_id, reservation.owner_id)
        session = await self._sessions.get(reservation.session_ids[-1])
        holder = session.worker_id or session.promised_worker_id
        worker = await self._workers.find(holder) if holder is not None and not session.capacity_released else None
        guarantee = guarantee_of(session, worker, self._clock.now())
        return ReservationAnswer(reservation=reservation, session=session, guarantee=guarantee)
