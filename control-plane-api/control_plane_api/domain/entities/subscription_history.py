"""What a subscription is after each of its events: assignments only, the rules are in Subscription."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import subscription_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.subscriptions import (
    EventFilter,
    ReplayOrder,
    ReplayResult,
    SigningKey,
    SubscriptionPurpose,
    SubscriptionTask,
)

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


class SubscriptionHistory(AggregateRoot[SubscriptionState]):
    kind = "subscription"
    collection = "subscriptions"

    @property
    def agreed_before(self) -> bool:
        """The receiver at this address."""
        return self.state.validated_at is not None

    def signing_keys(self, at: datetime) -> tuple[SigningKey, ...]:
        return tuple(key for key in self.state.keys if key.signs_at(at))

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
        if event.stays_paused:
            self._forget_the_receiver()
        else:
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
        again = event.asked_again or not self.agreed_before
        self._enter(_S.PENDING if again else _S.ACTIVE, event.reason, Stamp(event.at, event.by))

    @when(events.SubscriptionEndedDomainEvent)
    def _ended(self, event: events.SubscriptionEndedDomainEvent) -> None:
        self.state.replays = ()
        self._enter(_S.ENDED, event.reason, Stamp(event.at, event.by))

    @when(events.SubscriptionReopenedDomainEvent)
    def _reopened(self, event: events.SubscriptionReopenedDomainEvent) -> None:
        self._await_the_receiver("named again", event)

    def _await_the_receiver(self, reason: str, event: events.StampedEvent) -> None:
        self._forget_the_receiver()
        self._enter(_S.PENDING, reason, Stamp(event.at, event.by))

    def _forget_the_receiver(self) -> None:
        self.state.validated_at = None
        self.state.allowed_rate = None

    @when(events.SubscriptionKeyRotatedDomainEvent)
    def _key_rotated(self, event: events.SubscriptionKeyRotatedDomainEvent) -> None:
        self.state.keys = (event.key, *self._keys_until(event.at, event.others_until))

    def _keys_until(self, at: datetime, until: datetime) -> tuple[SigningKey, ...]:
        """Those that still sign at *at*, none of them beyond *until*."""
        ends = ((key, min(until, key.expires_at or until)) for key in self.signing_keys(at))
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
