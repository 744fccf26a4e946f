"""/api/internal/inbound-events: what lablet-controller could not apply."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.inbound_event.record_dead_letter_command import RecordDeadLetterCommand
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import DeadLetter

router = APIRouter(prefix="/api/internal/inbound-events", tags=["internal: inbound events"])


@router.post("/dead-letters", summary="Keep an event that could not be applied")
async def dead_letter(body: DeadLetter, mediator: MediatorOf, ctx: ServiceContext) -> Applied:
    return await mediator.execute(RecordDeadLetterCommand(body), ctx)
