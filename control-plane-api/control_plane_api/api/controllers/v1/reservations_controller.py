"""/api/v1/reservations: book a lab, look at a booking, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Body, Query, Response

from control_plane_api.api.access import Booker, Follower, booking_scope, context_for, owner_scope
from control_plane_api.api.pages import PageOf, ReservationPage, next_cursor
from control_plane_api.api.request_conditions import Change, ChangeRequest, tag
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.queries.get_reservation_query import GetReservationQuery
from control_plane_api.application.queries.list_reservations_query import ListReservationsQuery
from lcm_core.auth import Principal
from lcm_core.contracts.reservations import CancelReservation, CreateReservation, ReservationAnswer
from lcm_core.domain.enums import ReservationStatus

router = APIRouter(prefix="/api/v1/reservations", tags=["reservations"])

BOOKINGS = {
    "now": {
        "summary": "As soon as possible",
        "value": {
            "definition_id": "0c8f7e0a-5a0d-5a3e-9d43-1f2f6a1c9b55",
            "candidate": {"username": "ada", "first_name": "Ada", "last_name": "Quist"},
            "duration_minutes": 45,
            "external_id": "course-7/ada/attempt-1",
        },
    },
    "later": {
        "summary": "Next Tuesday at nine",
        "value": {
            "definition_id": "0c8f7e0a-5a0d-5a3e-9d43-1f2f6a1c9b55",
            "candidate": {"username": "ben"},
            "start": "2030-01-08T09:00:00Z",
            "duration_minutes": 90,
        },
    },
}


@router.post("", summary="Book a lab for a learner", status_code=201)
async def create_reservation(
    body: Annotated[CreateReservation, Body(openapi_examples=BOOKINGS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: Booker,
    change: Change,
    response: Response,
) -> ReservationAnswer:
    """A binding yes (201), or a no with the reason. The same `external_id`, or the same `Idempotency-Key`, answers with
    the booking made before instead of making a second one."""

    async def book() -> ReservationAnswer:
        return await mediator.execute(CreateReservationCommand(principal.subject, body), context_for(principal))

    async def again(created: Mapping[str, str]) -> ReservationAnswer:
        if "reservation" in created:
            return await mediator.query(GetReservationQuery(created["reservation"]))
        return await book()

    answer = await change.do(book, again)
    tag(response, answer.reservation)
    response.headers["Location"] = f"{router.prefix}/{answer.reservation.id}"
    return answer


@router.get("", summary="List bookings, newest first")
async def list_reservations(
    mediator: MediatorOf,
    principal: Follower,
    page: PageOf,
    status: ReservationStatus | None = None,
    external_id: Annotated[str | None, Query(max_length=200, description="The id that the LMS gave.")] = None,
) -> ReservationPage:
    """An LMS sees its own bookings."""
    found = await mediator.query(
        ListReservationsQuery(page=page, status=status, owner_id=owner_scope(principal), external_id=external_id)
    )
    return ReservationPage(items=list(found.rows), next_cursor=next_cursor(found))


@router.get("/{reservation_id}", summary="One booking, with its session")
async def get_reservation(
    reservation_id: str, mediator: MediatorOf, principal: Follower, response: Response
) -> ReservationAnswer:
    answer = await mediator.query(GetReservationQuery(reservation_id, owner_scope(principal)))
    tag(response, answer.reservation)
    return answer


@router.delete("/{reservation_id}", summary="Cancel a booking")
async def delete_reservation(
    reservation_id: str,
    mediator: MediatorOf,
    principal: Booker,
    change: Change,
    reason: Annotated[str, Query(min_length=1, max_length=2000)] = "cancelled",
) -> ReservationAnswer:
    """Its session ends in the way that fits its state; what exists on a host is taken down first."""
    return await _cancel(reservation_id, CancelReservation(reason=reason), mediator, principal, change)


@router.post("/{reservation_id}/cancel", summary="Cancel a booking, saying why")
async def cancel_reservation(
    reservation_id: str, body: CancelReservation, mediator: MediatorOf, principal: Booker, change: Change
) -> ReservationAnswer:
    return await _cancel(reservation_id, body, mediator, principal, change)


async def _cancel(
    reservation_id: str, request: CancelReservation, mediator: MediatorOf, principal: Principal, change: ChangeRequest
) -> ReservationAnswer:
    visible = GetReservationQuery(reservation_id, booking_scope(principal))
    await mediator.query(visible)

    async def work() -> ReservationAnswer:
        await mediator.execute(CancelReservationCommand(reservation_id, request), context_for(principal))
        return await mediator.query(visible)

    async def again(_: Mapping[str, str]) -> ReservationAnswer:
        return await mediator.query(visible)

    answer = await change.do(work, again, kind="reservation", id=reservation_id)
    tag(change.response, answer.reservation)
    return answer
