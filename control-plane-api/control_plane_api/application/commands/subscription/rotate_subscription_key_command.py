"""Sign with a new key, and for a while with the keys before it as well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.webhooks.secrets import a_key_is_broken, keep_secret, new_key
from control_plane_api.domain.entities import Subscription, read_model_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.subscriptions import RotateKey, SubscriptionAnswer
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class RotateSubscriptionKeyCommand(Command[SubscriptionAnswer]):
    subscription_id: str
    request: RotateKey


class RotateSubscriptionKeyCommandHandler:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def handle(
        self, command: RotateSubscriptionKeyCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> SubscriptionAnswer:
        """The answer holds the new secret. A broken key ends at once, whatever overlap is asked for.

        Raises NotFound, RuleViolation once it has ended, Conflict for one key too many, NoSealingKey.
        """
        stamp = stamp_of(ctx)
        subscription = await uow.load(Subscription, command.subscription_id)
        new = new_key(stamp.at)
        broken = await a_key_is_broken(uow, self._vault, subscription, stamp.at)
        overlap = timedelta(hours=0 if broken else command.request.overlap_hours)
        subscription.rotate_key(new.key, stamp.at + overlap, stamp)
        await keep_secret(uow, self._vault, subscription, new)
        return SubscriptionAnswer(subscription=read_model_of(subscription, SubscriptionReadModel), secret=new.secret)
