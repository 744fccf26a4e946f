"""An inbound event that could not be applied, kept so that an operator can replay it."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.inbound_events import inbound_event_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import DeadLetter
from lcm_core.domain.json_form import to_json_form

DEAD_LETTERS = "dead_letters"


@dataclass(frozen=True, slots=True)
class RecordDeadLetterCommand(Command[Applied]):
    letter: DeadLetter


class RecordDeadLetterCommandHandler:
    async def handle(self, command: RecordDeadLetterCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """The same event again replaces what was kept of it: the last reason is the one that counts."""
        del ctx
        letter = command.letter
        uow.attach(
            DEAD_LETTERS, {"_id": inbound_event_id(letter.source, letter.id), **to_json_form(letter)}, upsert=True
        )
        return Applied(applied=True)
