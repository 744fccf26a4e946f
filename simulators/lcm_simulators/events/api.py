"""A look at the outgoing events of a simulator."""

from fastapi import APIRouter
from pydantic import BaseModel

from lcm_simulators.events.queue import QueuedEvent
from lcm_simulators.events.sender import EventSender


class EventOverview(BaseModel):
    """What waits, and what happened since the process started."""

    pending: list[QueuedEvent]
    delivered: int
    dropped_by_fault: int


def events_router(sender: EventSender) -> APIRouter:
    """GET /_sim/events."""
    router = APIRouter(prefix="/_sim/events", tags=["events"])

    @router.get("")
    async def overview() -> EventOverview:
        return EventOverview(
            pending=sender.queue.pending(),
            delivered=sender.delivered_count,
            dropped_by_fault=sender.dropped_count,
        )

    return router
