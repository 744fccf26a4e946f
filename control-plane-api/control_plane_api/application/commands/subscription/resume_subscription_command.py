"""Send again, what was kept first, once the receiver has agreed again."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.webhooks.secrets import ask_anew
from control_plane_api.domain.entities import Subscription
from control_plane_api.domain.identities import CONFIGURED_SINK_ID, NAMED_BY_THE_SETTINGS
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class ResumeSubscriptionCommand(Command[Applied]):
    subscription_id: str
    reason: str


class ResumeSubscriptionCommandHandler:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def handle(self, command: ResumeSubscriptionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """The sink of the settings is asked nothing. Raises NotFound, RuleViolation once it has ended."""
        stamp = stamp_of(ctx)
        subscription = await uow.load(Subscription, command.subscription_id)
        resumed = subscription.resume(command.reason, stamp)
        if resumed and subscription.id == CONFIGURED_SINK_ID:
            subscription.validate(None, NAMED_BY_THE_SETTINGS, stamp)
        elif resumed:
            await ask_anew(uow, self._vault, subscription)
        return applied(subscription, resumed)
