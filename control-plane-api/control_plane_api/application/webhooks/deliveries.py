"""Deliveries that are owed, and the ports to where they are kept, sent and logged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lcm_core.contracts.subscriptions import DeliveryAttempt
from lcm_core.domain.commit import commit_id
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.domain.subscriptions import ReplayOrder
from lcm_core.eventstore.outbox_row import OutboxRow

_APART = "|"


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How hard a receiver is tried. Seconds, unless the name says otherwise."""

    give_up_hours: float = 24.0
    """An event that could not be delivered so long after it was queued becomes a dead letter."""
    first_pause_seconds: float = 5.0
    longest_pause_seconds: float = 3600.0
    """Between two attempts of one event: doubling from the first to the longest, shortened at random."""
    dead_after_hours: float = 6.0
    """A receiver that took nothing for so long is paused."""
    concurrency: int = 4
    """Events on their way to one receiver at the same time, each of another aggregate."""
    fast_slots: int = 192
    slow_slots: int = 32
    """Events on their way at the same time to all receivers that answer, and to all that failed or were slow."""
    slow_seconds: float = 2.0
    sweep_seconds: float = 30.0
    batch: int = 50
    most_replayed: int = 100_000

    @property
    def give_up_after(self) -> timedelta:
        return timedelta(hours=self.give_up_hours)


@dataclass(frozen=True, slots=True)
class QueuedDelivery:
    """One event that one subscription is owed. The event itself is read from the log when it is sent.

    ``lane`` is subscription and aggregate: within it events are sent one by one, in the order of the log.
    """

    subscription_id: str
    owner_id: str
    stream: str
    version: int
    index: int
    type: str
    event_at: datetime
    queued_at: datetime
    give_up_at: datetime
    attempts: int = 0
    next_at: datetime | None = None
    tried_at: datetime | None = None
    """When the last attempt began."""
    last_error: str = ""
    replay: str | None = None

    @property
    def event_id(self) -> str:
        return f"{self.commit_id}#{self.index}"

    @property
    def commit_id(self) -> str:
        return commit_id(self.stream, self.version)

    @property
    def id(self) -> str:
        return delivery_id(self.subscription_id, self.event_id)

    @property
    def lane(self) -> str:
        return lane_of(self.subscription_id, self.stream)


def delivery_id(subscription_id: str, event_id: str) -> str:
    return f"{subscription_id}{_APART}{event_id}"


def lane_of(subscription_id: str, stream: str) -> str:
    return f"{subscription_id}{_APART}{stream}"


def subscription_of(lane: str) -> str:
    return lane.partition(_APART)[0]


@dataclass(frozen=True, slots=True)
class Left:
    """The first deliveries of a lane, in order, and whether there may be others behind them."""

    rows: Sequence[QueuedDelivery] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Failing:
    """Since when nothing was delivered to a receiver, and how often it was tried since."""

    since: datetime
    failures: int


class DeliveryQueue(Protocol):
    """Every write is durable when its method returns."""

    async def add(self, rows: Sequence[QueuedDelivery]) -> None:
        """One that is queued already stays as it is."""
        ...

    async def left(self, lane: str) -> Left: ...

    async def event(self, row: QueuedDelivery) -> OutboxRow | None:
        """From the log; None when the log does not have it."""
        ...

    async def delivered(self, row: QueuedDelivery) -> None: ...

    async def failed(self, row: QueuedDelivery) -> None:
        """Keep its attempts, its last error and when it is tried next."""
        ...

    async def bury(self, rows: Sequence[QueuedDelivery], reason: str, at: datetime) -> None:
        """They become dead letters, all of them or none."""
        ...

    def lanes(self) -> AsyncIterator[str]:
        """Every lane in which something is left."""
        ...

    async def lanes_of(self, subscription_id: str) -> Sequence[str]: ...

    async def forget_pauses(self, subscription_id: str, before: datetime) -> None:
        """What it is owed and was last tried before that instant may be tried at once."""
        ...

    async def overdue(self, subscription_id: str, at: datetime) -> Sequence[QueuedDelivery]:
        """Those of a subscription to be given up at *at*, up to a batch of them."""
        ...

    async def backlog(self) -> tuple[int, datetime | None]:
        """How many deliveries are owed, roughly, and when the oldest of them was queued."""
        ...


class RevivingQueue(DeliveryQueue, Protocol):
    """A queue whose dead letters can be queued again."""

    async def revive(self, subscription_id: str, order: ReplayOrder, at: datetime) -> list[str]:
        """Queue dead letters again that there were when *order* was given, up to a batch of them; their lanes."""
        ...


class DeliveryLog(Protocol):
    async def add(self, attempt: DeliveryAttempt) -> None: ...


class ReceiverHealth(Protocol):
    async def failing(self, subscription_id: str) -> Failing | None: ...

    async def failed(self, subscription_id: str, failing: Failing) -> None: ...

    async def well(self, subscription_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A subscription with what is needed to send to it. ``secrets``: of the keys that sign now, the newest first."""

    row: SubscriptionReadModel
    secrets: tuple[str, ...] = ()
    callback_token: str = ""

    @property
    def id(self) -> str:
        return self.row.id


Opened = Subscriber | LcmError
"""A subscriber, or why its secrets cannot be had: ``NoSealingKey`` or ``SealedTextBroken``."""


class Subscribers(Protocol):
    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, SubscriptionReadModel]:
        """Those that there are, ended ones included."""
        ...

    async def filtering(self) -> Sequence[SubscriptionReadModel]:
        """Open ones that take whatever their filter lets through."""
        ...

    async def any_sink(self) -> bool:
        """Whether there is an open one that bookings name."""
        ...

    async def with_task(self, task: str) -> Sequence[str]:
        """Ids of those for which something is still to be done."""
        ...

    async def with_secrets(self, rows: Sequence[SubscriptionReadModel], at: datetime) -> Mapping[str, Opened]:
        """Each of *rows* by its id with the secrets of the keys that sign at *at*, in one query for all of them."""
        ...

    async def subscriber(self, row: SubscriptionReadModel, at: datetime) -> Subscriber:
        """With the secrets of the keys that sign at *at*. Raises ``NoSealingKey`` and ``SealedTextBroken``."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """What a receiver answered; ``status_code`` is None when it did not, and ``error`` says why."""

    status_code: int | None
    error: str = ""
    retry_after_seconds: float | None = None
    allowed_origin: str | None = None
    allowed_rate: str | None = None
    ours: bool = False
    """The attempt failed on our side: it counts for the event, and is nothing against the receiver."""

    @property
    def accepted(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


class WebhookSender(Protocol):
    """Never raises for what a receiver does; connects to checked addresses only, and follows no redirect."""

    async def deliver(self, subscriber: Subscriber, event: OutboxRow, replay: str | None) -> Reply: ...


class ReceiverQuestions(Protocol):
    """Never raises either, and connects as carefully."""

    async def ask(self, subscriber: Subscriber) -> Reply:
        """Whether it takes events."""
        ...


class Receivers(WebhookSender, ReceiverQuestions, Protocol):
    """All that is done with receivers."""
