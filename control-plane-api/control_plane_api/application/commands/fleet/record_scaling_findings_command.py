"""What the reconcilers decided about the size of the fleet in one pass: kept beside the event log."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.services.scaling_records import ScalingRecords
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.fleet import Recorded, RecordScalingFindings


@dataclass(frozen=True, slots=True)
class RecordScalingFindingsCommand(Command[Recorded]):
    request: RecordScalingFindings


class RecordScalingFindingsCommandHandler:
    def __init__(self, records: ScalingRecords) -> None:
        self._records = records

    async def handle(self, command: RecordScalingFindingsCommand, uow: UnitOfWork, ctx: CommandContext) -> Recorded:
        """A finding with the answer of the time before is counted and not kept again."""
        del uow
        return Recorded(added=await self._records.record(command.request.findings, ctx.actor))
