"""Which subscriptions an event is for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from control_plane_api.application.webhooks.deliveries import Subscribers
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.domain.subscriptions import SubscriptionPurpose


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose booking an aggregate belongs to, and the sink that the booking names; neither for a worker, say."""

    owner_id: str | None = None
    sink_id: str | None = None


NOBODY = Audience()


class Audiences(Protocol):
    async def of(self, streams: Sequence[str]) -> Mapping[str, Audience]:
        """Of every stream, however many, in a few queries; what was found once is remembered, for it never changes."""
        ...


class Addressees:
    def __init__(self, subscribers: Subscribers, audiences: Audiences) -> None:
        self._subscribers = subscribers
        self._audiences = audiences

    async def of(self, events: Sequence[tuple[str, str]]) -> list[list[SubscriptionReadModel]]:
        """For each of *events*, a stream and a type, the open subscriptions that are to have it."""
        filtering = await self._subscribers.filtering()
        if not filtering and not await self._subscribers.any_sink():
            return [[] for _ in events]
        audiences = await self._audiences.of(list({stream for stream, _ in events}))
        sinks = await self._sinks({each.sink_id for each in audiences.values()})
        found: list[list[SubscriptionReadModel]] = []
        for stream, type in events:
            audience = audiences[stream]
            wanted = [each for each in filtering if each.filter.lets_through(type, audience.owner_id)]
            sink = sinks.get(audience.sink_id or "")
            takes = sink is not None and sink.filter.lets_through(type, audience.owner_id)
            found.append([*wanted, sink] if sink is not None and takes else wanted)
        return found

    async def _sinks(self, ids: set[str | None]) -> Mapping[str, SubscriptionReadModel]:
        named = [id for id in ids if id is not None]
        found = await self._subscribers.by_ids(named) if named else {}
        return {id: row for id, row in found.items() if row.status is not SubscriptionStatus.ENDED}

    async def wants(self, row: SubscriptionReadModel, events: Sequence[tuple[str, str]]) -> list[bool]:
        """For each of *events* whether *row* is to have it."""
        audiences = await self._audiences.of(list({stream for stream, _ in events}))
        is_sink = row.purpose is SubscriptionPurpose.SINK
        return [
            row.filter.lets_through(type, audiences[stream].owner_id)
            and (not is_sink or audiences[stream].sink_id == row.id)
            for stream, type in events
        ]
