"""A content package that could not be read or cannot be used: the definition stays as it is, and says why."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.domain.entities import LabletDefinition
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.definitions import SyncFailed


@dataclass(frozen=True, slots=True)
class ReportSyncFailedCommand(Command[Applied]):
    definition_id: str
    failure: SyncFailed


class ReportSyncFailedCommandHandler:
    async def handle(self, command: ReportSyncFailedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        definition = await uow.load(LabletDefinition, command.definition_id)
        failure = command.failure
        changed = definition.sync_failed(failure.reason, failure.problems, failure.fingerprint, stamp_of(ctx))
        return applied(definition, changed, LATE)
