"""From the outbox to the queues of subscriptions: rows of many aggregates together, each of them once or again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from control_plane_api.application.webhooks.addressees import Addressees
from control_plane_api.application.webhooks.deliveries import DeliveryPolicy, DeliveryQueue, QueuedDelivery
from lcm_core.clock import Clock
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.eventstore.outbox_row import OutboxRow
from lcm_core.eventstore.together import Together

_GATHER_SECONDS = 0.01
"""How long rows of a crowd wait for more of them: who wants them is asked once for all."""


class FanOut:
    """``lcm_core.eventstore.outbox_row.Deliver``: events are done once everybody's delivery of them is queued.

    Subscriptions are read after the event was committed, so that one made before it misses nothing.
    """

    def __init__(
        self,
        addressees: Addressees,
        queue: DeliveryQueue,
        policy: DeliveryPolicy,
        clock: Clock,
        queued: Callable[[Iterable[str]], None],
    ) -> None:
        self._addressees = addressees
        self._queue = queue
        self._policy = policy
        self._clock = clock
        self._queued = queued
        self._rows: dict[str, Sequence[OutboxRow]] = {}
        self._together = Together(self._queue_all, gather_seconds=_GATHER_SECONDS)

    async def __call__(self, rows: Sequence[OutboxRow]) -> None:
        first = rows[0].id
        self._rows[first] = rows
        try:
            await self._together.of(first)
        finally:
            self._rows.pop(first, None)

    async def _queue_all(self, ids: Sequence[str]) -> Mapping[str, bool]:
        rows = [row for id in ids for row in self._rows.get(id, ())]
        found = await self._addressees.of([(row.stream, row.type) for row in rows])
        owed = [
            delivery_of(row, to, self._policy, self._clock)
            for row, subscriptions in zip(rows, found, strict=True)
            for to in subscriptions
        ]
        if owed:
            await self._queue.add(owed)
            self._queued(dict.fromkeys(each.lane for each in owed))
        return dict.fromkeys(ids, True)


def delivery_of(
    row: OutboxRow, to: SubscriptionReadModel, policy: DeliveryPolicy, clock: Clock, replay: str | None = None
) -> QueuedDelivery:
    now = clock.now()
    return QueuedDelivery(
        subscription_id=to.id,
        owner_id=to.owner_id,
        stream=row.stream,
        version=row.version,
        index=row.index,
        type=row.type,
        event_at=row.metadata.at,
        queued_at=now,
        give_up_at=now + policy.give_up_after,
        replay=replay,
    )
