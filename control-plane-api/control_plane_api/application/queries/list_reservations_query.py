"""Bookings: newest first, or those of a window of time, latest first; page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from control_plane_api.application.listings import RESERVATIONS
from control_plane_api.application.owner_filter import OwnerFilter
from control_plane_api.application.paging import ALL_TIME, Between, Page, PageRequest, nothing
from control_plane_api.application.rows import Rows
from control_plane_api.domain.identities import reservation_id
from lcm_core.application.mediator import Query
from lcm_core.domain.enums import ReservationStatus
from lcm_core.domain.errors import InputProblem, InvalidInput
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
    definition_id: str | None = None
    seen_by: str | None = None
    """The owner whose bookings are all there is for the caller; None for everybody's."""

    @property
    def whose(self) -> OwnerFilter:
        return OwnerFilter(self.owner_id, self.seen_by)

    def equality(self) -> dict[str, Any]:
        named = {
            "status": self.status.value if self.status else None,
            "owner_id": self.whose.owner_id,
            "definition_id": self.definition_id,
            "external_id": self.external_id,
        }
        return {field: value for field, value in named.items() if value is not None}


class ListReservationsQueryHandler:
    def __init__(self, reservations: Rows[ReservationReadModel]) -> None:
        self._reservations = reservations

    async def handle(self, query: ListReservationsQuery) -> Page[ReservationReadModel]:
        """Raises ``InvalidInput`` for a sort that is not offered, or not with a window."""
        if query.whose.shows_nothing:
            return nothing(query.page)
        owner_id = query.whose.owner_id
        if owner_id is not None and query.external_id is not None:
            return await self._the_one(query, reservation_id(owner_id, query.external_id))
        usual = "-created_at" if query.begins is None else "-start"
        order = RESERVATIONS.order(query.page.sort or usual)
        begins = query.begins
        if order.field == RESERVATIONS.instants["start"]:
            begins = begins or ALL_TIME
        elif begins is not None:
            told = "a list of a window of time is sorted by 'start' or '-start'"
            raise InvalidInput([InputProblem("/sort", told, "query")], what="request")
        return await self._reservations.page(RESERVATIONS, order, query.page, query.equality(), between=begins)

    async def _the_one(self, query: ListReservationsQuery, id: str) -> Page[ReservationReadModel]:
        """An owner gives an external id once, so that there is nothing to list."""
        found = await self._reservations.find(id)
        if found is None or query.status not in (None, found.status):
            return nothing(query.page)
        if query.definition_id not in (None, found.definition_id) or not _begins_in(found, query.begins):
            return nothing(query.page)
        return Page([found], None, 1 if query.page.total else None)


def _begins_in(reservation: ReservationReadModel, window: Between | None) -> bool:
    return window is None or window.start <= reservation.timeslot.start < window.end
