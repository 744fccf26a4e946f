"""POST /api/events: CloudEvents of the delivery system and the grading engine."""

# No postponed annotations here: FastAPI resolves them where the function is defined, inside the factory.

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from lablet_controller.api.cloud_events_http import BATCH, STRUCTURED, MalformedCloudEvent, read_cloud_events
from lablet_controller.application.events.cloud_event_ingestor import Fate, LabletCloudEventIngestor
from lcm_core.auth import Role, require

EVENTS_ROUTE = "/api/events"

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
    """What became of one event; ``why`` says more where it changed nothing."""

    source: str
    id: str
    fate: Fate
    why: str = ""


class EventsAccepted(BaseModel):
    events: list[EventReceipt]


def events_router(ingestor: LabletCloudEventIngestor) -> APIRouter:
    """Answers 202 only once every event is dealt with for good; 503 asks the sender to bring them again."""
    router = APIRouter(tags=["events"], dependencies=[Depends(require(Role.EVENT_SOURCE))])

    @router.post(EVENTS_ROUTE, status_code=202, summary="Receive CloudEvents", openapi_extra=_BODY)
    async def receive(request: Request) -> EventsAccepted:
        try:
            events = read_cloud_events(request.headers, await request.body())
        except MalformedCloudEvent as error:
            raise HTTPException(400, f"The request is not a CloudEvent: {error}.") from error
        receipts: list[EventReceipt] = []
        for event in events:
            verdict = await ingestor.ingest(event)
            receipts.append(EventReceipt(source=event.key.source, id=event.key.id, fate=verdict.fate, why=verdict.why))
        return EventsAccepted(events=receipts)

    _ = receive
    return router
