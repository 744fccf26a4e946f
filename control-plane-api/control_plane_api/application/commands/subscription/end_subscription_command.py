"""Send nothing any more."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.domain.entities import Subscription
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied


@dataclass(frozen=True, slots=True)
class EndSubscriptionCommand(Command[Applied]):
    """``url``: the address that gave the reason, if one did; what an earlier address says is late."""

    subscription_id: str
    reason: str
    url: str | None = None


class EndSubscriptionCommandHandler:
    async def handle(self, command: EndSubscriptionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """What was still to be sent is dead-lettered by whoever leads. Raises NotFound."""
        subscription = await uow.load(Subscription, command.subscription_id)
        if command.url not in (None, subscription.state.url):
            return applied(subscription, False, "late")
        return applied(subscription, subscription.end(command.reason, stamp_of(ctx)))
