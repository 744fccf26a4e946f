"""An operator has an event applied again that had no effect."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.inbound_events import INBOUND_EVENTS, reopened, revise
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import InboundEventStatus
from lcm_core.domain.errors import Conflict, NotFound

_GIVE_UP_SECONDS = 3600.0
_MOST_REPLAYS = 100


@dataclass(frozen=True, slots=True)
class ReplayInboundEventCommand(Command[Applied]):
    """*id* is that of the record."""

    id: str


class ReplayInboundEventCommandHandler:
    async def handle(self, command: ReplayInboundEventCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound; Conflict for an event that made its change or that was replayed too often."""
        document = (await uow.documents(INBOUND_EVENTS, [command.id])).get(command.id)
        if document is None:
            raise NotFound("inbound event", command.id)
        if document.get("applied_at") is not None:
            raise Conflict(
                f"Event {document['id']} of {document['source']} was applied at {document['applied_at']}; "
                "an event makes its change once.",
                code="event-applied",
                facts={"id": command.id, "applied_at": document["applied_at"]},
            )
        if len(document.get("replays", ())) >= _MOST_REPLAYS:
            raise Conflict(
                f"Event {document['id']} of {document['source']} was replayed {_MOST_REPLAYS} times; look for what "
                f"keeps it from being applied: {document.get('reason')}",
                code="event-replayed-too-often",
                facts={"id": command.id},
            )
        if document["status"] == InboundEventStatus.RECEIVED:
            return Applied(applied=False, why="no_change")
        revise(uow, reopened(document, by=ctx.actor, at=ctx.metadata().at, give_up_seconds=_GIVE_UP_SECONDS))
        return Applied(applied=True)
