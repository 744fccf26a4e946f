"""Other events, another address, or another description."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.webhooks.secrets import ask_anew
from control_plane_api.application.webhooks.wanted_events import checked_filter
from control_plane_api.domain.entities import Subscription
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.subscriptions import ChangeSubscription
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class ChangeSubscriptionCommand(Command[Applied]):
    """``scope`` as in CreateSubscriptionCommand, but of the owner; the address has been checked."""

    subscription_id: str
    scope: str | None
    request: ChangeSubscription


class ChangeSubscriptionCommandHandler:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def handle(self, command: ChangeSubscriptionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Another address has to agree first. Raises NotFound, InvalidInput, RuleViolation once it has ended."""
        request, stamp = command.request, stamp_of(ctx)
        subscription = await uow.load(Subscription, command.subscription_id)
        filter = checked_filter(request.filter, command.scope)
        changed = subscription.change(filter, request.description, stamp)
        moved = subscription.change_address(request.url, stamp)
        if moved:
            await ask_anew(uow, self._vault, subscription)
        return applied(subscription, changed or moved)
