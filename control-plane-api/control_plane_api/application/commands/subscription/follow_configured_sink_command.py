"""Keep the subscription that the settings ask for as they say; without an address it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from control_plane_api.application.commands.answers import applied, stamp_of
from control_plane_api.application.webhooks.secrets import NewKey, a_key_is_broken, keep_secret, new_key, newest_secret
from control_plane_api.domain.entities import Subscription
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import CONFIGURED_SINK_ID, NAMED_BY_THE_SETTINGS
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.domain.subscriptions import EventFilter, SubscriptionPurpose
from lcm_core.sealing import Vault

SETTINGS = "settings"
_OVERLAP = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class FollowConfiguredSinkCommand(Command[Applied | None]):
    """``secret``: what signs from the start, in the form `whsec_…`; without it one is made, and shown by a rotation."""

    url: str | None
    secret: str | None = None


class FollowConfiguredSinkCommandHandler:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def handle(
        self, command: FollowConfiguredSinkCommand, uow: UnitOfWork, ctx: CommandContext
    ) -> Applied | None:
        """None when there is nothing and nothing is wanted. Raises ``NoSealingKey``."""
        stamp = stamp_of(ctx)
        known = await uow.find(Subscription, CONFIGURED_SINK_ID)
        if command.url is None:
            return applied(known, known.end("the settings name no sink any more", stamp)) if known else None
        if known is None:
            new = new_key(stamp.at, command.secret)
            known = _create(command.url, new, stamp)
            uow.add(known)
            await keep_secret(uow, self._vault, known, new)
            return applied(known, known.validate(None, NAMED_BY_THE_SETTINGS, stamp))
        before = len(known.pending_events)
        known.reopen(stamp)
        known.change_address(command.url, stamp)
        known.validate(None, NAMED_BY_THE_SETTINGS, stamp)
        if command.secret is not None:
            await self._follow_secret(uow, known, command.secret, stamp)
        return applied(known, len(known.pending_events) > before)

    async def _follow_secret(self, uow: UnitOfWork, known: Subscription, secret: str, stamp: Stamp) -> None:
        """A secret that changes often ends the ones before it at once: a start must not fail for it."""
        broken = await a_key_is_broken(uow, self._vault, known, stamp.at)
        if not broken and secret == await newest_secret(uow, self._vault, known):
            return
        new = new_key(stamp.at, secret)
        both_sign = not broken and known.has_room_for_a_key(stamp.at)
        known.rotate_key(new.key, stamp.at + _OVERLAP if both_sign else stamp.at, stamp)
        await keep_secret(uow, self._vault, known, new)


def _create(url: str, new: NewKey, stamp: Stamp) -> Subscription:
    return Subscription.create(
        CONFIGURED_SINK_ID,
        owner_id=SETTINGS,
        purpose=SubscriptionPurpose.FILTER,
        url=url,
        filter=EventFilter(),
        key=new.key,
        description="The sink that the settings name",
        stamp=stamp,
    )
