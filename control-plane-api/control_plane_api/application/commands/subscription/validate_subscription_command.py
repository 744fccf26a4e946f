"""The receiver agreed to take events, at once or later."""

from __future__ import annotations

from dataclasses import dataclass

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.webhooks.secrets import callback_fits
from control_plane_api.domain.entities import Subscription
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.errors import NotFound
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class ValidateSubscriptionCommand(Command[Applied]):
    """``token``: what a receiver brings that agrees later. ``url``: the address that was asked, else."""

    subscription_id: str
    allowed_rate: int | None
    token: str | None = None
    url: str | None = None


class ValidateSubscriptionCommandHandler:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def handle(self, command: ValidateSubscriptionCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises NotFound, also for a token that is not the right one. An answer of an earlier address is late."""
        subscription = await uow.load(Subscription, command.subscription_id)
        if command.token is not None and not await callback_fits(uow, self._vault, subscription.id, command.token):
            raise NotFound("subscription", command.subscription_id)
        if command.url not in (None, subscription.state.url):
            return applied(subscription, False, "late")
        how = "the receiver agreed" if command.token is None else "the receiver agreed by calling back"
        return applied(subscription, subscription.validate(command.allowed_rate, how, stamp_of(ctx)))
