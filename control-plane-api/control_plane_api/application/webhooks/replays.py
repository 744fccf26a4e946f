"""Carries out orders to send events once more: from the log by time, or dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from control_plane_api.application.commands.subscription.finish_replay_command import FinishReplayCommand
from control_plane_api.application.webhooks.addressees import Addressees
from control_plane_api.application.webhooks.deliveries import DeliveryPolicy, RevivingQueue, Subscribers
from control_plane_api.application.webhooks.fan_out import delivery_of
from control_plane_api.application.webhooks.handshakes import system_context
from control_plane_api.application.webhooks.keyed_work import KeyedWork
from lcm_core.application.mediator import Mediator
from lcm_core.clock import Clock
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.domain.subscriptions import ReplayOrder, ReplayResult, SubscriptionTask
from lcm_core.eventstore.outbox_row import OutboxRow

_WORKERS = 2
_LOOKED_AT_FOR_EACH = 20
"""A replay looks at no more than this many events for each that it may send; where it ended is told, to go on from."""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Published events of some commits, in the order of their time; ``next`` is the instant that goes on."""

    rows: Sequence[OutboxRow]
    next: datetime | None


class EventHistory(Protocol):
    async def page(self, since: datetime, until: datetime) -> HistoryPage:
        """From *since* on, before *until*."""
        ...


@dataclass(slots=True)
class _Progress:
    events: int = 0
    looked_at: int = 0
    reached: datetime | None = None


class Replays:
    """``work`` is keyed by subscription. A replay that is broken off starts anew: what is queued is queued once."""

    def __init__(
        self,
        mediator: Mediator,
        subscribers: Subscribers,
        addressees: Addressees,
        history: EventHistory,
        queue: RevivingQueue,
        policy: DeliveryPolicy,
        clock: Clock,
        queued: Callable[[Iterable[str]], None],
    ) -> None:
        self._mediator = mediator
        self._subscribers = subscribers
        self._addressees = addressees
        self._history = history
        self._queue = queue
        self._policy = policy
        self._clock = clock
        self._queued = queued
        self.task = SubscriptionTask.REPLAY
        self.work = KeyedWork("replays", self._handle, workers=_WORKERS, clock=clock)

    async def _handle(self, id: str) -> float | None:
        row = (await self._subscribers.by_ids([id])).get(id)
        if row is None or not row.replays:
            return None
        order = row.replays[0]
        progress = await self._revive(row, order) if order.dead_letters else await self._from_the_log(row, order)
        result = ReplayResult(
            order_id=order.id,
            events=progress.events,
            complete=progress.reached is None,
            next_since=progress.reached,
            finished_at=self._clock.now(),
        )
        await self._mediator.execute(FinishReplayCommand(id, result), system_context())
        return 0.001 if len(row.replays) > 1 else None

    async def _revive(self, row: SubscriptionReadModel, order: ReplayOrder) -> _Progress:
        progress = _Progress()
        while progress.events < self._policy.most_replayed:
            lanes = await self._queue.revive(row.id, order, self._clock.now())
            if not lanes:
                return progress
            progress.events += len(lanes)
            self._queued(dict.fromkeys(lanes))
        progress.reached = self._clock.now()
        return progress

    async def _from_the_log(self, row: SubscriptionReadModel, order: ReplayOrder) -> _Progress:
        progress, now = _Progress(), self._clock.now()
        since: datetime | None = order.since or now
        while since is not None:
            page = await self._history.page(since, order.until or now)
            wanted = await self._addressees.wants(row, [(each.stream, each.type) for each in page.rows])
            chosen = [each for each, take in zip(page.rows, wanted, strict=True) if take]
            owed = [delivery_of(each, row, self._policy, self._clock, order.id) for each in chosen]
            if owed:
                await self._queue.add(owed)
                self._queued(dict.fromkeys(each.lane for each in owed))
            progress.events += len(owed)
            progress.looked_at += len(page.rows)
            since = page.next
            if since is not None and self._is_enough(progress):
                progress.reached = since
                return progress
        return progress

    def _is_enough(self, progress: _Progress) -> bool:
        most = self._policy.most_replayed
        return progress.events >= most or progress.looked_at >= most * _LOOKED_AT_FOR_EACH
