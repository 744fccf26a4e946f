"""/api/v1/inbound-events: what the delivery system and the grading engine told, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from control_plane_api.api.access import Operator, context_for
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import InboundEventPage
from control_plane_api.api.request_conditions import Change, tag_content
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.inbound_event.replay_inbound_event_command import (
    ReplayInboundEventCommand,
)
from control_plane_api.application.listings import INBOUND_EVENTS
from control_plane_api.application.queries.list_inbound_events_query import (
    GetInboundEventQuery,
    InboundEventFilter,
    ListInboundEventsQuery,
)
from lcm_core.contracts.inbound_events import InboundEventRecord, InboundEventStatus, ReplayInboundEvent

router = APIRouter(prefix="/api/v1/inbound-events", tags=["inbound events"])

Filter = Annotated[str | None, Query(min_length=1, max_length=256)]
EventList = Annotated[ListRequest[InboundEventPage], Depends(list_request(INBOUND_EVENTS, InboundEventPage))]


@router.get(
    "",
    summary="List inbound events, newest first",
    response_model=InboundEventPage,
    responses=sparse_rows(InboundEventPage),
)
async def list_inbound_events(
    mediator: MediatorOf,
    _: Operator,
    wanted: EventList,
    status: InboundEventStatus | None = None,
    type: Filter = None,
    session_id: Filter = None,
) -> InboundEventPage | Response:
    """Every filter that is given must hold. `parked` ones wait for their session, `dead_lettered` ones for a person."""
    which = InboundEventFilter(status=status, type=type, session_id=session_id)
    return wanted.answer(await mediator.query(ListInboundEventsQuery(which, wanted.page)))


@router.get("/{event_id}", summary="One inbound event, with its data and what became of it")
async def get_inbound_event(event_id: str, mediator: MediatorOf, _: Operator, response: Response) -> InboundEventRecord:
    found = await mediator.query(GetInboundEventQuery(event_id))
    tag_content(response, found)
    return found


@router.post("/{event_id}/replay", status_code=202, summary="Have an inbound event applied again")
async def replay_inbound_event(
    event_id: str, body: ReplayInboundEvent, mediator: MediatorOf, principal: Operator, change: Change
) -> InboundEventRecord:
    """Applied within seconds by whichever lablet-controller leads; 409 for one that made its change already."""

    async def work() -> InboundEventRecord:
        await mediator.execute(ReplayInboundEventCommand(event_id), context_for(principal, body.reason or None))
        return await mediator.query(GetInboundEventQuery(event_id))

    async def again(_: Mapping[str, str]) -> InboundEventRecord:
        return await mediator.query(GetInboundEventQuery(event_id))

    return await change.do(work, again)
