"""/api/v1/reservations: book labs, look at bookings, move them, take them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response

from control_plane_api.api.access import Booker, BookingOwner, Follower, booking_scope, context_for, owner_scope
from control_plane_api.api.booking_examples import BOOKINGS, CLASSES, EXTENSIONS, OTHER_TIMES, REFUSED
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import ReservationPage, Window
from control_plane_api.api.request_conditions import Change, ChangeRequest, tag, tag_content, tag_of
from control_plane_api.api.services import AddressesOf, DeskOf, MediatorOf
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.reservation.create_reservation_batch_command import (
    CreateReservationBatchCommand,
)
from control_plane_api.application.commands.reservation.extend_reservation_command import ExtendReservationCommand
from control_plane_api.application.commands.reservation.reschedule_reservation_command import (
    RescheduleReservationCommand,
)
from control_plane_api.application.conditions import KeptAnswer
from control_plane_api.application.listings import RESERVATIONS
from control_plane_api.application.queries.get_reservation_batch_query import GetReservationBatchQuery
from control_plane_api.application.queries.get_reservation_query import GetReservationQuery
from control_plane_api.application.queries.list_reservations_query import ListReservationsQuery
from lcm_core.application.mediator import Command
from lcm_core.auth import Principal
from lcm_core.contracts.reservations import (
    CancelReservation,
    CreateReservation,
    CreateReservationBatch,
    ExtendReservation,
    RescheduleReservation,
    ReservationAnswer,
    ReservationBatchAnswer,
)
from lcm_core.domain.enums import ReservationStatus

router = APIRouter(prefix="/api/v1/reservations", tags=["reservations"])

Filter = Annotated[str | None, Query(min_length=1, max_length=200)]
BookingList = Annotated[ListRequest[ReservationPage], Depends(list_request(RESERVATIONS, ReservationPage))]


@router.post(
    "", summary="Book a lab for a learner", status_code=201, response_model=ReservationAnswer, responses=REFUSED
)
async def create_reservation(
    body: Annotated[CreateReservation, Body(openapi_examples=BOOKINGS)],  # pyright: ignore[reportArgumentType]
    desk: DeskOf,
    mediator: MediatorOf,
    addresses: AddressesOf,
    principal: Booker,
    change: Change,
) -> Response:
    """A binding yes (201) with who holds the room, or a no (409 `capacity-refused`) with the reasons counted and the
    nearest other times. The same `external_id`, or the same `Idempotency-Key`, answers with the booking made before
    instead of making a second one. With a `sink` the events of this booking are sent there besides; its subscription
    is `sink_id` of the answer, and rotating its key shows the secret that signs."""

    if body.sink is not None:
        await addresses.require_allowed(body.sink, "/sink")

    async def book() -> ReservationAnswer:
        return await desk.book(principal.subject, body, context_for(principal))

    async def again(created: Mapping[str, str]) -> ReservationAnswer:
        if "reservation" in created:
            return await mediator.query(GetReservationQuery(created["reservation"]))
        return await book()

    return await change.do_and_tell(book, again, _booked)


def _booked(answer: ReservationAnswer) -> KeptAnswer:
    headers = {
        "content-type": "application/json",
        "etag": tag_of(answer.reservation),
        "location": f"{router.prefix}/{answer.reservation.id}",
    }
    return KeptAnswer(201, headers, answer.model_dump_json().encode())


@router.post("/batch", summary="Book a lab for a class", status_code=201, responses=REFUSED)
async def create_reservation_batch(
    body: Annotated[CreateReservationBatch, Body(openapi_examples=CLASSES)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    addresses: AddressesOf,
    principal: Booker,
    change: Change,
    response: Response,
) -> ReservationBatchAnswer:
    """Every seat or none (`all_or_nothing`), or as many as there is room for (`best_effort`): then `refused` says which
    got none and why."""

    if body.sink is not None:
        await addresses.require_allowed(body.sink, "/sink")

    async def book() -> ReservationBatchAnswer:
        return await mediator.execute(CreateReservationBatchCommand(principal.subject, body), context_for(principal))

    async def again(created: Mapping[str, str]) -> ReservationBatchAnswer:
        first = created.get("reservation")
        batch_id = (await mediator.query(GetReservationQuery(first))).reservation.batch_id if first else None
        return await mediator.query(GetReservationBatchQuery(batch_id)) if batch_id else await book()

    answer = await change.do(book, again)
    response.headers["Location"] = f"{router.prefix}/batches/{answer.batch_id}"
    return answer


@router.get("/batches/{batch_id}", summary="A class that was booked together")
async def get_reservation_batch(
    batch_id: str, mediator: MediatorOf, principal: Follower, response: Response
) -> ReservationBatchAnswer:
    found = await mediator.query(GetReservationBatchQuery(batch_id, owner_scope(principal)))
    tag_content(response, found)
    return found


@router.get(
    "",
    summary="List bookings, newest first",
    response_model=ReservationPage,
    responses=sparse_rows(ReservationPage),
)
async def list_reservations(
    mediator: MediatorOf,
    principal: Follower,
    wanted: BookingList,
    window: Window,
    status: ReservationStatus | None = None,
    external_id: Annotated[
        str | None, Query(min_length=1, max_length=200, description="The id that the LMS gave.")
    ] = None,
    definition_id: Filter = None,
    owner_id: Filter = None,
) -> ReservationPage | Response:
    """With `from` or `to` those whose slot begins in that window, latest start first. An LMS sees its own bookings."""
    found = await mediator.query(
        ListReservationsQuery(
            page=wanted.page,
            status=status,
            owner_id=owner_id,
            external_id=external_id,
            definition_id=definition_id,
            seen_by=owner_scope(principal),
            begins=window,
        )
    )
    return wanted.answer(found)


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
    principal: BookingOwner,
    change: Change,
    reason: Annotated[str, Query(min_length=1, max_length=2000)] = "cancelled",
) -> ReservationAnswer:
    """Its session ends in the way that fits its state; what exists on a host is taken down first."""
    return await _cancel(reservation_id, CancelReservation(reason=reason), mediator, principal, change)


@router.post("/{reservation_id}/cancel", summary="Cancel a booking, saying why")
async def cancel_reservation(
    reservation_id: str, body: CancelReservation, mediator: MediatorOf, principal: BookingOwner, change: Change
) -> ReservationAnswer:
    return await _cancel(reservation_id, body, mediator, principal, change)


@router.post("/{reservation_id}/reschedule", summary="Another time for a lab that has not begun", responses=REFUSED)
async def reschedule_reservation(
    reservation_id: str,
    body: Annotated[RescheduleReservation, Body(openapi_examples=OTHER_TIMES)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: BookingOwner,
    change: Change,
) -> ReservationAnswer:
    """Held at the new time (200), or refused and left as it was (409)."""
    command = RescheduleReservationCommand(reservation_id, body)
    return await _changed(reservation_id, command, mediator, principal, change)


@router.post("/{reservation_id}/extend", summary="More time at the end, also while the lab runs", responses=REFUSED)
async def extend_reservation(
    reservation_id: str,
    body: Annotated[ExtendReservation, Body(openapi_examples=EXTENSIONS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: BookingOwner,
    change: Change,
) -> ReservationAnswer:
    """Held (200), or refused with what is missing (409): a lab that runs does not move to another worker."""
    return await _changed(reservation_id, ExtendReservationCommand(reservation_id, body), mediator, principal, change)


async def _cancel(
    reservation_id: str, request: CancelReservation, mediator: MediatorOf, principal: Principal, change: ChangeRequest
) -> ReservationAnswer:
    command = CancelReservationCommand(reservation_id, request)
    return await _changed(reservation_id, command, mediator, principal, change)


async def _changed(
    reservation_id: str,
    command: Command[Any],
    mediator: MediatorOf,
    principal: Principal,
    change: ChangeRequest,
) -> ReservationAnswer:
    """The booking after *command*, or after the request that did it before; only the caller's own."""
    visible = GetReservationQuery(reservation_id, booking_scope(principal))
    await mediator.query(visible)

    async def work() -> ReservationAnswer:
        await mediator.execute(command, context_for(principal))
        return await mediator.query(visible)

    async def again(_: Mapping[str, str]) -> ReservationAnswer:
        return await mediator.query(visible)

    answer = await change.do(work, again, kind="reservation", id=reservation_id)
    tag(change.response, answer.reservation)
    return answer
