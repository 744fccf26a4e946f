"""/api/internal/inbound-events: what far ends told lablet-controller, kept until it is dealt with."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Service, ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.inbound_event.keep_inbound_events_command import KeepInboundEventsCommand
from control_plane_api.application.commands.inbound_event.settle_inbound_events_command import (
    SettleInboundEventsCommand,
)
from control_plane_api.application.queries.list_inbound_events_query import (
    GetInboundEventQuery,
    ListOpenInboundEventsQuery,
)
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import InboundEventRecord, KeepInboundEvents, SettleInboundEvents

router = APIRouter(prefix="/api/internal/inbound-events", tags=["internal: inbound events"])


@router.post("/kept", summary="Keep the events of one request")
async def keep(body: KeepInboundEvents, mediator: MediatorOf, ctx: ServiceContext) -> list[InboundEventRecord]:
    return await mediator.execute(KeepInboundEventsCommand(body), ctx)


@router.post("/settled", summary="Say what became of events")
async def settle(body: SettleInboundEvents, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(SettleInboundEventsCommand(body), ctx)


@router.get("/due", summary="Events that are to be tried now")
async def due(mediator: MediatorOf, _: Service) -> list[InboundEventRecord]:
    return list(await mediator.query(ListOpenInboundEventsQuery()))


@router.get("/parked/{session_id}", summary="Events that wait for a session")
async def parked(session_id: str, mediator: MediatorOf, _: Service) -> list[InboundEventRecord]:
    return list(await mediator.query(ListOpenInboundEventsQuery(session_id)))


@router.get("/by-id/{event_id}", summary="One event with what became of it")
async def get(event_id: str, mediator: MediatorOf, _: Service) -> InboundEventRecord:
    return await mediator.query(GetInboundEventQuery(event_id))
