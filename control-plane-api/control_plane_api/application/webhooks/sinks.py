"""Sinks that bookings name: each is a subscription of its owner, made by the first booking that names it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from control_plane_api.application.webhooks.secrets import ask_anew, keep_secret, new_key
from control_plane_api.domain.entities import Subscription
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import sink_id
from lcm_core.application.context import CommandContext
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.subscriptions import EventFilter, SubscriptionPurpose
from lcm_core.sealing import NoSealingKey, Vault


@dataclass(frozen=True, slots=True)
class NamedSink:
    """Who named it, in whose command."""

    owner_id: str
    url: str
    stamp: Stamp
    context: CommandContext

    @property
    def id(self) -> str:
        return sink_id(self.owner_id, self.url)


class Sinks:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def require_possible(self) -> None:
        """Raises ``NoSealingKey`` where the secret of a sink could not be kept."""
        if self._vault.current_key is None:
            raise NoSealingKey

    async def open(self, uow: UnitOfWork, named: Iterable[NamedSink]) -> None:
        """Have a subscription for each of *named*; one that had ended is asked anew whether it takes events."""
        wanted = {each.id: each for each in named}
        if not wanted:
            return
        known = {each.id: each for each in await uow.find_many(Subscription, list(wanted))}
        for id, sink in wanted.items():
            if id not in known:
                await self._create(uow, sink)
            elif known[id].reopen(sink.stamp):
                await ask_anew(uow, self._vault, known[id])

    async def _create(self, uow: UnitOfWork, sink: NamedSink) -> None:
        new = new_key(sink.stamp.at)
        subscription = Subscription.create(
            sink.id,
            owner_id=sink.owner_id,
            purpose=SubscriptionPurpose.SINK,
            url=sink.url,
            filter=EventFilter(owner_id=sink.owner_id),
            key=new.key,
            description="Sink of bookings",
            stamp=sink.stamp,
        )
        uow.add(subscription, on_behalf_of=sink.context)
        await keep_secret(uow, self._vault, subscription, new)
