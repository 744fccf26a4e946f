"""Send nothing for a while; events are kept."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import Subscription
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class PauseSubscriptionCommand(Command[Applied]):
    """``automatic``: its receiver is dead. ``url``: at which address, if at one; an earlier address is late."""

    subscription_id: str
    reason: str
    automatic: bool = False
    url: str | None = None


class PauseSubscriptionCommandHandler:
    async def handle(self, command: PauseSubscriptionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound, IllegalTransition once it has ended."""
        subscription = await uow.load(Subscription, command.subscription_id)
        if command.url not in (None, subscription.state.url):
            return applied(subscription, False, "late")
        return applied(subscription, subscription.pause(command.reason, stamp_of(ctx), automatic=command.automatic))
