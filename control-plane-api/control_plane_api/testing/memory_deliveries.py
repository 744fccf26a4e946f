"""Queue, log, health and receivers in memory: for tests of order and of time that no socket has to take."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from control_plane_api.application.webhooks.deliveries import (
    Failing,
    Left,
    QueuedDelivery,
    Reply,
    Subscriber,
)
from lcm_core.contracts.subscriptions import DeliveryAttempt
from lcm_core.domain.commit import CommitMetadata
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.domain.subscriptions import EventFilter, SubscriptionPurpose
from lcm_core.eventstore.outbox_row import OutboxRow

Behaviour = Callable[[OutboxRow], Awaitable[Reply]]


class MemoryQueue:
    """``DeliveryQueue``."""

    def __init__(self) -> None:
        self.rows: dict[str, QueuedDelivery] = {}
        self.dead: dict[str, str] = {}

    async def add(self, rows: Sequence[QueuedDelivery]) -> None:
        for row in rows:
            self.rows.setdefault(row.id, row)

    async def left(self, lane: str) -> Left:
        rows = [row for row in self.rows.values() if row.lane == lane]
        return Left(sorted(rows, key=lambda row: (row.version, row.index)))

    async def event(self, row: QueuedDelivery) -> OutboxRow | None:
        metadata = CommitMetadata(actor="test", correlation_id="c", at=row.event_at)
        return OutboxRow(
            row.event_id, row.stream, row.version, row.index, row.type, {}, metadata, created_at=row.event_at
        )

    async def delivered(self, row: QueuedDelivery) -> None:
        self.rows.pop(row.id, None)

    async def failed(self, row: QueuedDelivery) -> None:
        self.rows[row.id] = row

    async def bury(self, rows: Sequence[QueuedDelivery], reason: str, at: datetime) -> None:
        del at
        for row in rows:
            self.rows.pop(row.id, None)
            self.dead[row.event_id] = reason

    async def lanes(self) -> AsyncGenerator[str]:
        for lane in {row.lane for row in self.rows.values()}:
            yield lane

    async def lanes_of(self, subscription_id: str) -> Sequence[str]:
        return list({row.lane for row in self.rows.values() if row.subscription_id == subscription_id})

    async def forget_pauses(self, subscription_id: str, before: datetime) -> None:
        for row in list(self.rows.values()):
            if row.subscription_id == subscription_id and row.tried_at is not None and row.tried_at < before:
                self.rows[row.id] = replace(row, next_at=None)

    async def overdue(self, subscription_id: str, at: datetime) -> Sequence[QueuedDelivery]:
        return [r for r in self.rows.values() if r.subscription_id == subscription_id and r.give_up_at < at]

    async def backlog(self) -> tuple[int, datetime | None]:
        return len(self.rows), min((row.queued_at for row in self.rows.values()), default=None)


class MemoryLog:
    """``DeliveryLog``."""

    def __init__(self) -> None:
        self.attempts: list[DeliveryAttempt] = []

    async def add(self, attempt: DeliveryAttempt) -> None:
        self.attempts.append(attempt)


class MemoryHealth:
    """``ReceiverHealth``."""

    def __init__(self) -> None:
        self.known: dict[str, Failing] = {}

    async def failing(self, subscription_id: str) -> Failing | None:
        return self.known.get(subscription_id)

    async def failed(self, subscription_id: str, failing: Failing) -> None:
        self.known[subscription_id] = failing

    async def well(self, subscription_id: str) -> None:
        self.known.pop(subscription_id, None)


class ScriptedReceiver:
    """``WebhookSender`` to a receiver that does what *behaviour* says."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour

    async def deliver(self, subscriber: Subscriber, event: OutboxRow, replay: str | None) -> Reply:
        del subscriber, replay
        return await self.behaviour(event)


def an_active_subscription(at: datetime, **more: Any) -> SubscriptionReadModel:
    values: dict[str, Any] = {
        "id": "sub-1",
        "version": 2,
        "created_at": at,
        "updated_at": at,
        "owner_id": "lms-1",
        "purpose": SubscriptionPurpose.FILTER,
        "url": "https://lms.example.com/hook",
        "filter": EventFilter(),
        "status": SubscriptionStatus.ACTIVE,
        "status_changed_at": at,
        "validated_at": at,
        **more,
    }
    return SubscriptionReadModel(**values)
