"""The leader of a service lets another instance lead."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.services.operations import reconciler_for
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.steering import ReconcilerName


@dataclass(frozen=True, slots=True)
class ResignReconcilerCommand(Command[Applied]):
    """*epoch* is that of the term which is to end; None while nobody leads."""

    service: ReconcilerName
    epoch: int | None
    reason: str


class ResignReconcilerCommandHandler:
    async def handle(self, command: ResignReconcilerCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """No change when that very term was told so before. Raises RuleViolation while nobody leads."""
        if command.epoch is None:
            raise RuleViolation(
                f"Nobody leads {command.service.value} now, so nobody can resign.",
                code="nobody-leads",
                facts={"service": command.service.value},
            )
        reconciler = await reconciler_for(uow, command.service)
        return applied(reconciler, reconciler.resign(command.epoch, command.reason, stamp_of(ctx)))
