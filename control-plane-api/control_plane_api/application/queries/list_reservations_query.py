"""Bookings: newest first, or those of a window of time, latest first; page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.paging import Between, Page, PageRequest
from control_plane_api.application.rows import Rows
from control_plane_api.domain.identities import reservation_id
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import ReservationStatus
from lcm_core.domain.read_models import ReservationReadModel


@dataclass(frozen=True, slots=True)
class ListReservationsQuery(Query[Page[ReservationReadModel]]):
    """Every filter that is given must hold."""

    page: PageRequest
    status: ReservationStatus | None = None
    owner_id: str | None = None
    external_id: str | None = None
    begins: Between | None = None
    """Those whose slot begins then."""

    def equality(self) -> dict[str, Any]:
        named = {
            "status": self.status.value if self.status else None,
            "owner_id": self.owner_id,
            "external_id": self.external_id,
        }
        return {field: value for field, value in named.items() if value is not None}


class ListReservationsQueryHandler:
    def __init__(self, reservations: Rows[ReservationReadModel]) -> None:
        self._reservations = reservations

    async def handle(self, query: ListReservationsQuery) -> Page[ReservationReadModel]:
        if query.owner_id is not None and query.external_id is not None:
            found = await self._reservations.find(reservation_id(query.owner_id, query.external_id))
            matches = found is not None and query.status in (None, found.status) and _begins_in(found, query.begins)
            return Page([found] if found is not None and matches else [], None)
        if query.begins is not None:
            return await self._reservations.page(
                query.page, query.equality(), by="timeslot.start", between=query.begins
            )
        return await self._reservations.page(query.page, query.equality())


def _begins_in(reservation: ReservationReadModel, window: Between | None) -> bool:
    return window is None or window.start <= reservation.timeslot.start < window.end
