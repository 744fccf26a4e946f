"""/api/events: CloudEvents of the delivery system and the grading engine."""

# No postponed annotations here: FastAPI resolves them where the function is defined, inside the factory.

from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, HTTPException, Request, Response
from pydantic import BaseModel

from lablet_controller.api.cloud_events_http import BATCH, STRUCTURED, MalformedCloudEvent, read_cloud_events
from lablet_controller.api.event_senders import EventSenders, SenderRates, sender_of
from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor, Receipt
from lcm_core.auth import Principal, Role, require
from lcm_core.clock import Clock, SystemClock
from lcm_core.contracts.inbound_events import InboundEventStatus

EVENTS_ROUTE = "/api/events"
HANDSHAKE = f"OPTIONS {EVENTS_ROUTE}"
"""Open on purpose: it says who may send, and lets nobody send."""

EventSource = Annotated[Principal, Depends(require(Role.EVENT_SOURCE))]

log = structlog.stdlib.get_logger(__name__)

_EVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string"},
        "source": {"type": "string"},
        "type": {"type": "string"},
        "subject": {"type": "string"},
        "time": {"type": "string", "format": "date-time"},
        "data": {"type": "object"},
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "description": "CloudEvents 1.0 in structured or batched mode, or in binary mode with ce-* headers.",
        "content": {
            STRUCTURED: {"schema": _EVENT},
            BATCH: {"schema": {"type": "array", "items": _EVENT}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


class EventReceipt(BaseModel):
    """What became of one event, as far as is known yet: ``received`` and ``parked`` ones are kept and applied later.

    ``known`` when it had come before; ``why`` says more where it changed nothing.
    """

    source: str
    id: str
    fate: InboundEventStatus
    known: bool = False
    why: str = ""


class EventsAccepted(BaseModel):
    events: list[EventReceipt]


def events_router(
    ingestor: LabletCloudEventIngestor, senders: EventSenders | None = None, clock: Clock | None = None
) -> APIRouter:
    """Answers 202 only once every event is kept for good; 503 asks the sender to bring them again."""
    router = APIRouter(tags=["events"])
    known = senders or EventSenders()
    rates = SenderRates(known, clock or SystemClock())

    @router.post(EVENTS_ROUTE, status_code=202, summary="Receive CloudEvents", openapi_extra=_BODY)
    async def receive(request: Request, principal: EventSource) -> EventsAccepted:
        rates.admit(principal)
        try:
            events = read_cloud_events(request.headers, await request.body())
        except MalformedCloudEvent as error:
            raise HTTPException(400, f"The request is not a CloudEvent: {error}.") from error
        known.require_sources(principal, events)
        receipts = await ingestor.receive(events, sender_of(principal))
        return EventsAccepted(events=[_receipt(each) for each in receipts])

    @router.options(EVENTS_ROUTE, summary="Ask for permission to send, as of the CloudEvents webhook specification")
    async def validate(
        origin: Annotated[str | None, Header(alias="WebHook-Request-Origin", max_length=253)] = None,
        rate: Annotated[int | None, Header(alias="WebHook-Request-Rate", ge=1)] = None,
    ) -> Response:
        """Answered at once, so that a callback is never needed. Without the permission headers it is a no."""
        headers = {"Allow": "POST, OPTIONS"}
        allowed = known.allowance(origin) if origin is not None else None
        if origin is not None and allowed is not None:
            headers["WebHook-Allowed-Origin"] = origin
            headers["WebHook-Allowed-Rate"] = str(min(rate or allowed, allowed))
        log.info("webhook_handshake", origin=origin, asked_rate=rate, granted=allowed is not None)
        return Response(status_code=200, headers=headers)

    _ = receive, validate
    return router


def _receipt(receipt: Receipt) -> EventReceipt:
    key = receipt.event.key
    return EventReceipt(source=key.source, id=key.id, fate=receipt.status, known=receipt.known, why=receipt.why)
