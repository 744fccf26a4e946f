"""/api/v1/outbound-dead-letters: events that could not be delivered, and sending them once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response

from control_plane_api.api.access import BookingOwner, booking_scope, context_for
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import OutboundDeadLetterPage
from control_plane_api.api.request_conditions import Change, ChangeRequest
from control_plane_api.api.services import MediatorOf
from control_plane_api.api.subscription_examples import DEAD_LETTERS
from control_plane_api.application.commands.subscription.request_replay_command import RequestReplayCommand
from control_plane_api.application.listings import OUTBOUND_DEAD_LETTERS
from control_plane_api.application.owner_filter import OwnerFilter
from control_plane_api.application.paging import nothing
from control_plane_api.application.queries.get_subscription_query import GetSubscriptionQuery
from control_plane_api.application.queries.list_deliveries_query import (
    GetOutboundDeadLetterQuery,
    ListOutboundDeadLettersQuery,
)
from lcm_core.application.mediator import Mediator
from lcm_core.auth import Principal
from lcm_core.contracts.subscriptions import ReplayDeadLetters
from lcm_core.domain.read_models import SubscriptionReadModel

router = APIRouter(prefix="/api/v1/outbound-dead-letters", tags=["subscriptions"])
DeadLetterList = Annotated[
    ListRequest[OutboundDeadLetterPage], Depends(list_request(OUTBOUND_DEAD_LETTERS, OutboundDeadLetterPage))
]


@router.get(
    "",
    summary="Events that could not be delivered, newest first",
    response_model=OutboundDeadLetterPage,
    responses=sparse_rows(OutboundDeadLetterPage),
)
async def list_outbound_dead_letters(
    mediator: MediatorOf,
    principal: BookingOwner,
    wanted: DeadLetterList,
    subscription_id: Annotated[str | None, Query(min_length=1, max_length=64)] = None,
    owner_id: Annotated[str | None, Query(min_length=1, max_length=200, description="Of this owner only.")] = None,
) -> OutboundDeadLetterPage | Response:
    """An LMS sees those of its own subscriptions."""
    whose = OwnerFilter(owner_id, booking_scope(principal))
    if whose.shows_nothing:
        return wanted.answer(nothing(wanted.page))
    query = ListOutboundDeadLettersQuery(wanted.page, whose.owner_id, subscription_id)
    return wanted.answer(await mediator.query(query))


@router.post("/replay", summary="Send dead letters of a subscription once more", status_code=202)
async def replay_outbound_dead_letters(
    body: Annotated[ReplayDeadLetters, Body(openapi_examples=DEAD_LETTERS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: BookingOwner,
    change: Change,
) -> SubscriptionReadModel:
    """Queued within seconds, each with all its time to be delivered before it."""
    command = RequestReplayCommand(body.subscription_id, event_ids=body.event_ids)
    return await _requested(command, mediator, principal, change)


@router.post("/{dead_letter_id}/replay", summary="Send one dead letter once more", status_code=202)
async def replay_outbound_dead_letter(
    dead_letter_id: str, mediator: MediatorOf, principal: BookingOwner, change: Change
) -> SubscriptionReadModel:
    letter = await mediator.query(GetOutboundDeadLetterQuery(dead_letter_id, booking_scope(principal)))
    command = RequestReplayCommand(letter.subscription_id, event_ids=(letter.event_id,))
    return await _requested(command, mediator, principal, change)


async def _requested(
    command: RequestReplayCommand, mediator: Mediator, principal: Principal, change: ChangeRequest
) -> SubscriptionReadModel:
    visible = GetSubscriptionQuery(command.subscription_id, booking_scope(principal))
    await mediator.query(visible)

    async def work() -> SubscriptionReadModel:
        await mediator.execute(command, context_for(principal))
        return await mediator.query(visible)

    async def again(_: Mapping[str, str]) -> SubscriptionReadModel:
        return await mediator.query(visible)

    return await change.do(work, again, kind="subscription", id=command.subscription_id)
