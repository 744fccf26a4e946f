"""Instances that no worker stands for: flagged as long as they are reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.services.scaling_records import ScalingRecords
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.fleet import ReportStrays
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.read_models import StrayInstance


@dataclass(frozen=True, slots=True)
class ReportStraysCommand(Command[Sequence[StrayInstance]]):
    request: ReportStrays


class ReportStraysCommandHandler:
    def __init__(self, records: ScalingRecords) -> None:
        self._records = records

    async def handle(
        self, command: ReportStraysCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> Sequence[StrayInstance]:
        """Raises InvalidInput for a stray in a region that was not looked at: nothing would ever take its flag away."""
        del uow, ctx
        request = command.request
        elsewhere = sorted({stray.region for stray in request.strays} - set(request.regions))
        if elsewhere:
            raise InvalidInput([InputProblem("/strays", f"in {', '.join(elsewhere)}, which is not among the regions")])
        return await self._records.replace_strays(request.regions, request.looked_at, request.strays)
