"""What far ends told is kept before they are answered: a whole request in one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.inbound_events import (
    INBOUND_EVENTS,
    inbound_event_id,
    new_document,
    record_of,
)
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.inbound_events import InboundEventRecord, KeepInboundEvents


@dataclass(frozen=True, slots=True)
class KeepInboundEventsCommand(Command[list[InboundEventRecord]]):
    request: KeepInboundEvents


class KeepInboundEventsCommandHandler:
    async def handle(
        self, command: KeepInboundEventsCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> list[InboundEventRecord]:
        """The record of each event, in the order given. One that is known stays as it is, whatever it says now."""
        request, at = command.request, ctx.metadata().at
        ids = [inbound_event_id(event.key.source, event.key.id) for event in request.events]
        kept = dict(await uow.documents(INBOUND_EVENTS, list(dict.fromkeys(ids))))
        for id, event in zip(ids, request.events, strict=True):
            if id not in kept:
                kept[id] = new_document(event, request, at)
                uow.attach(INBOUND_EVENTS, kept[id], guard={})
        return [record_of(kept[id]) for id in ids]
