"""/api/v1/subscriptions: have events sent to an address, and see what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Response

from control_plane_api.api.access import BookingOwner, booking_scope, context_for
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import DeliveryPage, SubscriptionPage
from control_plane_api.api.request_conditions import Change, ChangeRequest, tag
from control_plane_api.api.services import AddressesOf, MediatorOf
from control_plane_api.api.subscription_examples import REPLAYS, ROTATIONS, SUBSCRIPTIONS
from control_plane_api.application.commands.subscription.change_subscription_command import ChangeSubscriptionCommand
from control_plane_api.application.commands.subscription.create_subscription_command import CreateSubscriptionCommand
from control_plane_api.application.commands.subscription.end_subscription_command import EndSubscriptionCommand
from control_plane_api.application.commands.subscription.pause_subscription_command import PauseSubscriptionCommand
from control_plane_api.application.commands.subscription.request_replay_command import RequestReplayCommand
from control_plane_api.application.commands.subscription.resume_subscription_command import ResumeSubscriptionCommand
from control_plane_api.application.commands.subscription.rotate_subscription_key_command import (
    RotateSubscriptionKeyCommand,
)
from control_plane_api.application.commands.subscription.validate_subscription_command import (
    ValidateSubscriptionCommand,
)
from control_plane_api.application.listings import DELIVERIES
from control_plane_api.application.listings import SUBSCRIPTIONS as LISTING
from control_plane_api.application.owner_filter import OwnerFilter
from control_plane_api.application.paging import nothing
from control_plane_api.application.queries.get_subscription_query import GetSubscriptionQuery
from control_plane_api.application.queries.list_deliveries_query import ListDeliveriesQuery
from control_plane_api.application.queries.list_subscriptions_query import ListSubscriptionsQuery
from control_plane_api.application.webhooks.handshakes import rate_of, system_context
from lcm_core.application.mediator import Command, Mediator
from lcm_core.auth import Principal
from lcm_core.contracts.subscriptions import (
    ChangeSubscription,
    CreateSubscription,
    DeliveryOutcome,
    ReplayEvents,
    RotateKey,
    SubscriptionAnswer,
    SubscriptionReason,
)
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.read_models import SubscriptionReadModel

router = APIRouter(prefix="/api/v1/subscriptions", tags=["subscriptions"])

VALIDATION_ROUTE = f"{router.prefix}/{{subscription_id}}/validation/{{token}}"
"""Open to whoever has the token: a receiver that agrees later has nothing else."""
_KIND = "subscription"
SubscriptionList = Annotated[ListRequest[SubscriptionPage], Depends(list_request(LISTING, SubscriptionPage))]
DeliveryList = Annotated[ListRequest[DeliveryPage], Depends(list_request(DELIVERIES, DeliveryPage))]


@router.post("", summary="Have events sent to an address", status_code=201)
async def create_subscription(
    body: Annotated[CreateSubscription, Body(openapi_examples=SUBSCRIPTIONS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    addresses: AddressesOf,
    principal: BookingOwner,
    change: Change,
    response: Response,
) -> SubscriptionAnswer:
    """PENDING until the receiver answers an `OPTIONS` request with `WebHook-Allowed-Origin`, or calls the address in
    `WebHook-Request-Callback`. Events from now on are kept for it meanwhile. `secret` verifies signatures and is shown
    this once. An LMS gets events of its own bookings only."""
    await addresses.require_allowed(body.url)
    scope = booking_scope(principal)

    async def create() -> SubscriptionAnswer:
        command = CreateSubscriptionCommand(principal.subject, scope, body)
        return await mediator.execute(command, context_for(principal))

    async def again(created: Mapping[str, str]) -> SubscriptionAnswer:
        if _KIND not in created:
            return await create()
        return SubscriptionAnswer(subscription=await mediator.query(GetSubscriptionQuery(created[_KIND], scope)))

    answer = await change.do(create, again)
    tag(response, answer.subscription)
    response.headers["Location"] = f"{router.prefix}/{answer.subscription.id}"
    response.headers["Cache-Control"] = "no-store"
    return answer


@router.get(
    "",
    summary="List subscriptions, newest first",
    response_model=SubscriptionPage,
    responses=sparse_rows(SubscriptionPage),
)
async def list_subscriptions(
    mediator: MediatorOf,
    principal: BookingOwner,
    wanted: SubscriptionList,
    status: SubscriptionStatus | None = None,
    owner_id: Annotated[str | None, Query(min_length=1, max_length=200, description="Of this owner only.")] = None,
) -> SubscriptionPage | Response:
    """An LMS sees its own; sinks that its bookings name are among them."""
    whose = OwnerFilter(owner_id, booking_scope(principal))
    if whose.shows_nothing:
        return wanted.answer(nothing(wanted.page))
    return wanted.answer(await mediator.query(ListSubscriptionsQuery(wanted.page, whose.owner_id, status)))


@router.get("/{subscription_id}", summary="One subscription")
async def get_subscription(
    subscription_id: str, mediator: MediatorOf, principal: BookingOwner, response: Response
) -> SubscriptionReadModel:
    row = await mediator.query(GetSubscriptionQuery(subscription_id, booking_scope(principal)))
    tag(response, row)
    return row


@router.put("/{subscription_id}", summary="Other events, another address")
async def change_subscription(
    subscription_id: str,
    body: Annotated[ChangeSubscription, Body(openapi_examples=SUBSCRIPTIONS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    addresses: AddressesOf,
    principal: BookingOwner,
    change: Change,
) -> SubscriptionReadModel:
    """Another address is PENDING until its receiver agrees; one that is paused stays so, and asks when it is resumed.
    The keys stay."""
    row = await mediator.query(GetSubscriptionQuery(subscription_id, booking_scope(principal)))
    await addresses.require_allowed(body.url)
    # Whoever changes it: what belongs to one owner's bookings is never widened to those of others.
    scope = row.owner_id if row.filter.owner_id == row.owner_id else booking_scope(principal)
    command = ChangeSubscriptionCommand(subscription_id, scope, body)
    return await _changed(subscription_id, command, mediator, principal, change)


@router.delete("/{subscription_id}", summary="Send nothing any more")
async def delete_subscription(
    subscription_id: str,
    mediator: MediatorOf,
    principal: BookingOwner,
    change: Change,
    reason: Annotated[str, Query(min_length=1, max_length=2000)] = "deleted",
) -> SubscriptionReadModel:
    """ENDED; what was still to be sent becomes dead letters."""
    command = EndSubscriptionCommand(subscription_id, reason)
    return await _changed(subscription_id, command, mediator, principal, change, reason)


@router.post("/{subscription_id}/pause", summary="Send nothing for a while")
async def pause_subscription(
    subscription_id: str, body: SubscriptionReason, mediator: MediatorOf, principal: BookingOwner, change: Change
) -> SubscriptionReadModel:
    """Events are kept meanwhile, each until its time to be delivered is over; then it is a dead letter."""
    command = PauseSubscriptionCommand(subscription_id, body.reason or "paused")
    return await _changed(subscription_id, command, mediator, principal, change, body.reason)


@router.post("/{subscription_id}/resume", summary="Send again, what was kept first")
async def resume_subscription(
    subscription_id: str, body: SubscriptionReason, mediator: MediatorOf, principal: BookingOwner, change: Change
) -> SubscriptionReadModel:
    """PENDING until the receiver agrees again, as at first. If it does not in time, it is PAUSED as before."""
    command = ResumeSubscriptionCommand(subscription_id, body.reason or "resumed")
    return await _changed(subscription_id, command, mediator, principal, change, body.reason)


@router.post("/{subscription_id}/rotate-key", summary="Sign with a new key")
async def rotate_subscription_key(
    subscription_id: str,
    body: Annotated[RotateKey, Body(openapi_examples=ROTATIONS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: BookingOwner,
    change: Change,
    response: Response,
) -> SubscriptionAnswer:
    """The keys before go on signing beside it for `overlap_hours`; no more than three sign at once, and 0 ends those
    before. `secret` is shown this once."""
    visible = GetSubscriptionQuery(subscription_id, booking_scope(principal))
    await mediator.query(visible)

    async def rotate() -> SubscriptionAnswer:
        return await mediator.execute(RotateSubscriptionKeyCommand(subscription_id, body), context_for(principal))

    async def again(_: Mapping[str, str]) -> SubscriptionAnswer:
        return SubscriptionAnswer(subscription=await mediator.query(visible))

    answer = await change.do(rotate, again, kind=_KIND, id=subscription_id)
    tag(response, answer.subscription)
    response.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/{subscription_id}/replay", summary="Send the events of a time once more", status_code=202)
async def replay_subscription_events(
    subscription_id: str,
    body: Annotated[ReplayEvents, Body(openapi_examples=REPLAYS)],  # pyright: ignore[reportArgumentType]
    mediator: MediatorOf,
    principal: BookingOwner,
    change: Change,
) -> SubscriptionReadModel:
    """The same ids as before, each event with the attribute `replay`. `last_replay` says how many there were; a replay
    that reached the most that one may bring is not `complete`, and the next one goes on at `next_since`."""
    command = RequestReplayCommand(subscription_id, events=body)
    return await _changed(subscription_id, command, mediator, principal, change)


@router.get(
    "/{subscription_id}/deliveries",
    summary="Attempts to deliver, newest first",
    response_model=DeliveryPage,
    responses=sparse_rows(DeliveryPage),
)
async def list_subscription_deliveries(
    subscription_id: str,
    mediator: MediatorOf,
    principal: BookingOwner,
    wanted: DeliveryList,
    outcome: DeliveryOutcome | None = None,
) -> DeliveryPage | Response:
    """Questions whether the receiver takes events are among them, as `webhook.validation`."""
    await mediator.query(GetSubscriptionQuery(subscription_id, booking_scope(principal)))
    return wanted.answer(await mediator.query(ListDeliveriesQuery(subscription_id, wanted.page, outcome)))


Token = Annotated[str, Path(min_length=20, max_length=100)]
AllowedRate = Annotated[
    str | None, Header(alias="WebHook-Allowed-Rate", max_length=20, description="Deliveries a minute; `*`: no limit.")
]


@router.get("/{subscription_id}/validation/{token}", summary="A receiver agrees to take events", status_code=204)
async def agree_to_events(subscription_id: str, token: Token, mediator: MediatorOf) -> Response:
    """What `WebHook-Request-Callback` leads to: following the link in a browser will do."""
    return await _agreed(subscription_id, token, None, mediator)


@router.post("/{subscription_id}/validation/{token}", summary="A receiver agrees, at a rate", status_code=204)
async def agree_to_events_at_a_rate(
    subscription_id: str, token: Token, mediator: MediatorOf, rate: AllowedRate = None
) -> Response:
    return await _agreed(subscription_id, token, rate, mediator)


async def _agreed(subscription_id: str, token: str, rate: str | None, mediator: Mediator) -> Response:
    await mediator.execute(ValidateSubscriptionCommand(subscription_id, rate_of(rate), token), system_context())
    return Response(status_code=204)


async def _changed(
    subscription_id: str,
    command: Command[Any],
    mediator: Mediator,
    principal: Principal,
    change: ChangeRequest,
    reason: str = "",
) -> SubscriptionReadModel:
    """The subscription after *command*, or after the request that did it before; only the caller's own."""
    visible = GetSubscriptionQuery(subscription_id, booking_scope(principal))
    await mediator.query(visible)

    async def work() -> SubscriptionReadModel:
        await mediator.execute(command, context_for(principal, reason or None))
        return await mediator.query(visible)

    async def again(_: Mapping[str, str]) -> SubscriptionReadModel:
        return await mediator.query(visible)

    row = await change.do(work, again, kind=_KIND, id=subscription_id)
    tag(change.response, row)
    return row
