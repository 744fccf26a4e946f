"""Subscribe to outbound events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.rows import Rows
from control_plane_api.application.webhooks.secrets import keep_secret, new_key
from control_plane_api.application.webhooks.wanted_events import checked_filter
from control_plane_api.domain.entities import Subscription, read_model_of
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.subscriptions import CreateSubscription, SubscriptionAnswer
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.domain.subscriptions import SubscriptionPurpose
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class CreateSubscriptionCommand(Command[SubscriptionAnswer]):
    """``scope``: the owner whose events are all there is for the caller; None for one who sees everything.

    The address has been checked (``WebhookAddresses``).
    """

    owner_id: str
    scope: str | None
    request: CreateSubscription


class CreateSubscriptionCommandHandler:
    """*most*: open subscriptions that an owner may have."""

    def __init__(
        self, subscriptions: Rows[SubscriptionReadModel], vault: Vault, new_id: Callable[[], str], most: int
    ) -> None:
        self._subscriptions = subscriptions
        self._vault = vault
        self._new_id = new_id
        self._most = most

    async def handle(
        self, command: CreateSubscriptionCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> SubscriptionAnswer:
        """The answer holds the secret of the signing key.

        Raises InvalidInput for a filter that nothing passes or that is not the caller's to ask for, RuleViolation for
        one subscription too many, NoSealingKey where secrets cannot be sealed.
        """
        request, stamp = command.request, stamp_of(ctx)
        filter = checked_filter(request.filter, command.scope)
        await self._require_another(command.owner_id)
        new = new_key(stamp.at)
        subscription = Subscription.create(
            self._new_id(),
            owner_id=command.owner_id,
            purpose=SubscriptionPurpose.FILTER,
            url=request.url,
            filter=filter,
            key=new.key,
            description=request.description,
            stamp=stamp,
        )
        uow.add(subscription)
        await keep_secret(uow, self._vault, subscription, new)
        return SubscriptionAnswer(
            subscription=read_model_of(subscription, SubscriptionReadModel),
            secret=new.secret,
        )

    async def _require_another(self, owner_id: str) -> None:
        there = await self._subscriptions.where(owner_id=owner_id, matching=SubscriptionPurpose.FILTER.value)
        if len(there) >= self._most:
            raise RuleViolation(
                f"{owner_id} has {len(there)} subscriptions, which is as many as there may be; delete one first.",
                code="too-many-subscriptions",
                facts={"most": self._most},
            )
