"""What LDS, or another system that keeps a copy of the content, answered when it was told to read it again."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.domain.entities import LabletDefinition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import ConsumerRefreshed


@dataclass(frozen=True, slots=True)
class RecordConsumerRefreshCommand(Command[Applied]):
    definition_id: str
    refreshed: ConsumerRefreshed


class RecordConsumerRefreshCommandHandler:
    async def handle(self, command: RecordConsumerRefreshCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        definition = await uow.load(LabletDefinition, command.definition_id)
        told = command.refreshed
        return applied(definition, definition.consumer_refreshed(told.consumer, told.outcomes, stamp_of(ctx)), LATE)
