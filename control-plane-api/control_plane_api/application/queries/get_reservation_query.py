"""One booking, with its session."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from lcm_core.application.mediator import Query
from lcm_core.contracts.reservations import ReservationAnswer
from lcm_core.domain.errors import NotFound
from lcm_core.domain.read_models import LabletSessionReadModel, ReservationReadModel


@dataclass(frozen=True, slots=True)
class GetReservationQuery(Query[ReservationAnswer]):
    """With *owner_id* a booking of somebody else is as good as none."""

    reservation_id: str
    owner_id: str | None = None


class GetReservationQueryHandler:
    def __init__(self, reservations: Rows[ReservationReadModel], sessions: Rows[LabletSessionReadModel]) -> None:
        self._reservations = reservations
        self._sessions = sessions

    async def handle(self, query: GetReservationQuery) -> ReservationAnswer:
        """Raises ``NotFound``."""
        reservation = await self._reservations.get(query.reservation_id)
        if query.owner_id is not None and reservation.owner_id != query.owner_id:
            raise NotFound("reservation", query.reservation_id)
        session = await self._sessions.get(reservation.session_ids[-1])
        return ReservationAnswer(reservation=reservation, session=session)
