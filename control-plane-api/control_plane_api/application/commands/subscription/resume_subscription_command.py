"""Send again, what was kept first."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import Subscription
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class ResumeSubscriptionCommand(Command[Applied]):
    subscription_id: str
    reason: str


class ResumeSubscriptionCommandHandler:
    async def handle(self, command: ResumeSubscriptionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound, IllegalTransition once it has ended."""
        subscription = await uow.load(Subscription, command.subscription_id)
        return applied(subscription, subscription.resume(command.reason, stamp_of(ctx)))
