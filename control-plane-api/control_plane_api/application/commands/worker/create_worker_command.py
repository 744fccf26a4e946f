"""An operator wants one more worker from a template, whatever the demand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from control_plane_api.application.commands.worker.request_scale_up_command import (
    RequestScaleUpCommand,
    RequestScaleUpCommandHandler,
)
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.workers import RequestScaleUp, ScaleUpAnswer
from lcm_core.domain.read_models import ScaleUpDemand


@dataclass(frozen=True, slots=True)
class CreateWorkerCommand(Command[ScaleUpAnswer]):
    template_name: str
    reason: str


class CreateWorkerCommandHandler:
    """The limits of the fleet hold for operators, too: who needs more raises them."""

    def __init__(self, scale_up: RequestScaleUpCommandHandler, new_id: Callable[[], str]) -> None:
        self._scale_up = scale_up
        self._new_id = new_id

    async def handle(self, command: CreateWorkerCommand, uow: UnitOfWork, ctx: CommandContext) -> ScaleUpAnswer:
        """Raises RuleViolation for an unknown or disabled template, or when the region is full."""
        demand = ScaleUpDemand(key=f"operator:{self._new_id()}", reason=command.reason)
        request = RequestScaleUp(template_name=command.template_name, demand=demand)
        return await self._scale_up.handle(RequestScaleUpCommand(request), uow, ctx)
