"""A subscription to outbound events: where they go, which they are, and whether the receiver takes them.

Secrets of its keys are kept beside the log, sealed: an event names a key and never shows it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import subscription_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.errors import Conflict, RuleViolation
from lcm_core.domain.subscriptions import (
    MOST_OPEN_REPLAYS,
    EventFilter,
    ReplayOrder,
    ReplayResult,
    SigningKey,
    SubscriptionPurpose,
    SubscriptionTask,
)
from lcm_core.domain.transitions import SUBSCRIPTION_VALID_TRANSITIONS

_S = SubscriptionStatus
_CLOSED = ""


class SubscriptionState(BaseModel):
    """Fields of SubscriptionReadModel. ``matching`` is its purpose while it is open, and empty afterwards."""

    owner_id: str
    purpose: SubscriptionPurpose
    url: str
    filter: EventFilter
    description: str = ""
    status: SubscriptionStatus
    status_reason: str = ""
    status_changed_at: AwareDatetime
    status_changed_by: str = ""
    validated_at: AwareDatetime | None = None
    allowed_rate: int | None = None
    keys: tuple[SigningKey, ...] = ()
    tasks: tuple[SubscriptionTask, ...] = ()
    replays: tuple[ReplayOrder, ...] = ()
    last_replay: ReplayResult | None = None
    matching: str
    created_at: AwareDatetime


class Subscription(AggregateRoot[SubscriptionState]):
    """Methods that answer bool say whether anything changed."""

    kind = "subscription"
    collection = "subscriptions"

    @classmethod
    def create(
        cls,
        id: str,
        *,
        owner_id: str,
        purpose: SubscriptionPurpose,
        url: str,
        filter: EventFilter,
        key: SigningKey,
        description: str = "",
        stamp: Stamp,
    ) -> Self:
        subscription = cls(id)
        subscription.record(
            events.SubscriptionCreatedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                owner_id=owner_id,
                purpose=purpose,
                url=url,
                filter=filter,
                key=key,
                description=description,
            )
        )
        return subscription

    @property
    def is_open(self) -> bool:
        return self.state.status is not _S.ENDED

    def change(self, filter: EventFilter, description: str, stamp: Stamp) -> bool:
        """Raises RuleViolation once it has ended."""
        self.require_open()
        if (filter, description) == (self.state.filter, self.state.description):
            return False
        self.record(
            events.SubscriptionChangedDomainEvent(at=stamp.at, by=stamp.by, filter=filter, description=description)
        )
        return True

    def change_address(self, url: str, stamp: Stamp) -> bool:
        """The receiver there has to agree again. Raises RuleViolation for a sink, whose address is what it is."""
        self.require_open()
        if url == self.state.url:
            return False
        if self.state.purpose is SubscriptionPurpose.SINK:
            raise RuleViolation(
                f"Subscription {self.id} is the sink {self.state.url} of bookings; book with another sink instead.",
                code="sink-address-fixed",
                facts={"subscription_id": self.id},
            )
        if self.state.status is not _S.PENDING:
            self._require(_S.PENDING)
        self.record(events.SubscriptionAddressChangedDomainEvent(at=stamp.at, by=stamp.by, url=url))
        return True

    def validate(self, allowed_rate: int | None, how: str, stamp: Stamp) -> bool:
        """False for one whose receiver agreed before, or that nobody waits for any more."""
        if self.state.status is not _S.PENDING:
            return False
        self.record(
            events.SubscriptionValidatedDomainEvent(at=stamp.at, by=stamp.by, allowed_rate=allowed_rate, how=how)
        )
        return True

    def pause(self, reason: str, stamp: Stamp, *, automatic: bool = False) -> bool:
        """*automatic*: only an ACTIVE one, since it is told of an earlier state."""
        if self.state.status is _S.PAUSED or (automatic and self.state.status is not _S.ACTIVE):
            return False
        self._require(_S.PAUSED)
        self.record(events.SubscriptionPausedDomainEvent(at=stamp.at, by=stamp.by, reason=reason, automatic=automatic))
        return True

    def resume(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status in (_S.ACTIVE, _S.PENDING):
            return False
        self._require_resumable()
        self.record(events.SubscriptionResumedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def end(self, reason: str, stamp: Stamp) -> bool:
        if self.state.status is _S.ENDED:
            return False
        self._require(_S.ENDED)
        self.record(events.SubscriptionEndedDomainEvent(at=stamp.at, by=stamp.by, reason=reason))
        return True

    def reopen(self, stamp: Stamp) -> bool:
        if self.state.status is not _S.ENDED:
            return False
        self._require(_S.PENDING)
        self.record(events.SubscriptionReopenedDomainEvent(at=stamp.at, by=stamp.by))
        return True

    def rotate_key(self, key: SigningKey, others_until: datetime, stamp: Stamp) -> None:
        """*key* signs from now on, and those before it until then as well. Raises RuleViolation once it has ended."""
        self.require_open()
        self.record(
            events.SubscriptionKeyRotatedDomainEvent(at=stamp.at, by=stamp.by, key=key, others_until=others_until)
        )

    def request_replay(self, order: ReplayOrder, stamp: Stamp) -> None:
        """Raises RuleViolation once it has ended, Conflict while too many orders are open."""
        self.require_open()
        if len(self.state.replays) >= MOST_OPEN_REPLAYS:
            raise Conflict(
                f"Subscription {self.id} has {MOST_OPEN_REPLAYS} replays that have not finished; wait for one of them.",
                code="too-many-replays",
                facts={"subscription_id": self.id, "most": MOST_OPEN_REPLAYS},
            )
        self.record(events.SubscriptionReplayRequestedDomainEvent(at=stamp.at, by=stamp.by, order=order))

    def finish_replay(self, result: ReplayResult, stamp: Stamp) -> bool:
        """False for an order that is not open."""
        if all(each.id != result.order_id for each in self.state.replays):
            return False
        self.record(events.SubscriptionReplayFinishedDomainEvent(at=stamp.at, by=stamp.by, result=result))
        return True

    def require_open(self) -> None:
        """Raises RuleViolation once it has ended."""
        if not self.is_open:
            raise RuleViolation(
                f"Subscription {self.id} has ended ({self.state.status_reason}); make a new one.",
                code="subscription-ended",
                facts={"subscription_id": self.id, "reason": self.state.status_reason},
            )

    def _require_resumable(self) -> None:
        self._require(_S.ACTIVE if self.state.validated_at is not None else _S.PENDING)
        self.require_open()

    def _require(self, target: SubscriptionStatus) -> None:
        require_transition(self.kind, self.id, SUBSCRIPTION_VALID_TRANSITIONS, self.state.status, target)

    def _enter(self, status: SubscriptionStatus, reason: str, stamp: Stamp) -> None:
        state = self.state
        state.status, state.status_reason = status, reason
        state.status_changed_at, state.status_changed_by = stamp.at, stamp.by
        state.matching = _CLOSED if status is _S.ENDED else state.purpose.value
        wanted = {
            SubscriptionTask.VALIDATE: status is _S.PENDING,
            SubscriptionTask.REPLAY: bool(state.replays),
        }
        state.tasks = tuple(task for task, there in wanted.items() if there)

    @when(events.SubscriptionCreatedDomainEvent)
    def _created(self, event: events.SubscriptionCreatedDomainEvent) -> None:
        self.state = SubscriptionState(
            owner_id=event.owner_id,
            purpose=event.purpose,
            url=event.url,
            filter=event.filter,
            description=event.description,
            status=_S.PENDING,
            status_changed_at=event.at,
            status_changed_by=event.by,
            keys=(event.key,),
            tasks=(SubscriptionTask.VALIDATE,),
            matching=event.purpose.value,
            created_at=event.at,
        )

    @when(events.SubscriptionChangedDomainEvent)
    def _changed(self, event: events.SubscriptionChangedDomainEvent) -> None:
        self.state.filter = event.filter
        self.state.description = event.description

    @when(events.SubscriptionAddressChangedDomainEvent)
    def _address_changed(self, event: events.SubscriptionAddressChangedDomainEvent) -> None:
        self.state.url = event.url
        self._await_the_receiver("its receiver has yet to agree", event)

    @when(events.SubscriptionValidatedDomainEvent)
    def _validated(self, event: events.SubscriptionValidatedDomainEvent) -> None:
        self.state.validated_at = event.at
        self.state.allowed_rate = event.allowed_rate
        self._enter(_S.ACTIVE, event.how, Stamp(event.at, event.by))

    @when(events.SubscriptionPausedDomainEvent)
    def _paused(self, event: events.SubscriptionPausedDomainEvent) -> None:
        self._enter(_S.PAUSED, event.reason, Stamp(event.at, event.by))

    @when(events.SubscriptionResumedDomainEvent)
    def _resumed(self, event: events.SubscriptionResumedDomainEvent) -> None:
        status = _S.ACTIVE if self.state.validated_at is not None else _S.PENDING
        self._enter(status, event.reason, Stamp(event.at, event.by))

    @when(events.SubscriptionEndedDomainEvent)
    def _ended(self, event: events.SubscriptionEndedDomainEvent) -> None:
        self.state.replays = ()
        self._enter(_S.ENDED, event.reason, Stamp(event.at, event.by))

    @when(events.SubscriptionReopenedDomainEvent)
    def _reopened(self, event: events.SubscriptionReopenedDomainEvent) -> None:
        self._await_the_receiver("named again", event)

    def _await_the_receiver(self, reason: str, event: events.StampedEvent) -> None:
        self.state.validated_at = None
        self.state.allowed_rate = None
        self._enter(_S.PENDING, reason, Stamp(event.at, event.by))

    @when(events.SubscriptionKeyRotatedDomainEvent)
    def _key_rotated(self, event: events.SubscriptionKeyRotatedDomainEvent) -> None:
        self.state.keys = (event.key, *self._keys_until(event.at, event.others_until))

    def _keys_until(self, at: datetime, until: datetime) -> tuple[SigningKey, ...]:
        """Those that still sign at *at*, none of them beyond *until*."""
        alive = (key for key in self.state.keys if key.expires_at is None or key.expires_at > at)
        ends = ((key, min(until, key.expires_at or until)) for key in alive)
        return tuple(key.model_copy(update={"expires_at": end}) for key, end in ends)

    @when(events.SubscriptionReplayRequestedDomainEvent)
    def _replay_requested(self, event: events.SubscriptionReplayRequestedDomainEvent) -> None:
        self.state.replays = (*self.state.replays, event.order)
        self._enter_same()

    @when(events.SubscriptionReplayFinishedDomainEvent)
    def _replay_finished(self, event: events.SubscriptionReplayFinishedDomainEvent) -> None:
        self.state.replays = tuple(each for each in self.state.replays if each.id != event.result.order_id)
        self.state.last_replay = event.result
        self._enter_same()

    def _enter_same(self) -> None:
        state = self.state
        self._enter(state.status, state.status_reason, Stamp(state.status_changed_at, state.status_changed_by))
