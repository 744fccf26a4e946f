"""A subscription to outbound events: where they go, which they are, and whether the receiver takes them.

Secrets of its keys are kept beside the log, sealed: an event names a key and never shows it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Self

from control_plane_api.domain.entities.subscription_history import SubscriptionHistory
from control_plane_api.domain.events import subscription_events as events
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.transitions import require_transition
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.errors import Conflict, RuleViolation
from lcm_core.domain.subscriptions import (
    MOST_OPEN_REPLAYS,
    MOST_SIGNING_KEYS,
    EventFilter,
    ReplayOrder,
    ReplayResult,
    SigningKey,
    SubscriptionPurpose,
)
from lcm_core.domain.transitions import SUBSCRIPTION_VALID_TRANSITIONS

_S = SubscriptionStatus


class Subscription(SubscriptionHistory):
    """Methods that answer bool say whether anything changed."""

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
        """The receiver there has to agree first; one that is paused asks it when it is resumed.

        Raises RuleViolation for a sink, whose address is what it is.
        """
        self.require_open()
        if url == self.state.url:
            return False
        if self.state.purpose is SubscriptionPurpose.SINK:
            raise RuleViolation(
                f"Subscription {self.id} is the sink {self.state.url} of bookings; book with another sink instead.",
                code="sink-address-fixed",
                facts={"subscription_id": self.id},
            )
        paused = self.state.status is _S.PAUSED
        if not paused and self.state.status is not _S.PENDING:
            self._require(_S.PENDING)
        self.record(
            events.SubscriptionAddressChangedDomainEvent(at=stamp.at, by=stamp.by, url=url, stays_paused=paused)
        )
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
        """*automatic*: only one whose receiver agreed before, since it is told of an earlier state."""
        if self.state.status is _S.PAUSED or (automatic and not (self.is_open and self.agreed_before)):
            return False
        self._require(_S.PAUSED)
        self.record(events.SubscriptionPausedDomainEvent(at=stamp.at, by=stamp.by, reason=reason, automatic=automatic))
        return True

    def resume(self, reason: str, stamp: Stamp) -> bool:
        """Nothing is sent before the receiver has agreed again: whoever was paused may have become somebody else.

        Raises RuleViolation once it has ended.
        """
        self.require_open()
        if self.state.status is not _S.PAUSED:
            return False
        self._require(_S.PENDING)
        self.record(events.SubscriptionResumedDomainEvent(at=stamp.at, by=stamp.by, reason=reason, asked_again=True))
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
        """*key* signs from now on, and those before it until then as well.

        Raises RuleViolation once it has ended, Conflict for one key too many; with no overlap there is always room.
        """
        self.require_open()
        if others_until > stamp.at and not self.has_room_for_a_key(stamp.at):
            raise self._too_many_keys(stamp.at)
        self.record(
            events.SubscriptionKeyRotatedDomainEvent(at=stamp.at, by=stamp.by, key=key, others_until=others_until)
        )

    def has_room_for_a_key(self, at: datetime) -> bool:
        """Whether another one may sign beside those that sign at *at*."""
        return len(self.signing_keys(at)) < MOST_SIGNING_KEYS

    def _too_many_keys(self, at: datetime) -> Conflict:
        room_at = min(key.expires_at for key in self.signing_keys(at) if key.expires_at is not None)
        return Conflict(
            f"Subscription {self.id} has {MOST_SIGNING_KEYS} keys that sign, the most there may be; the first of them "
            f"ends at {room_at:%Y-%m-%dT%H:%M:%SZ}. Wait for that, or rotate with overlap_hours 0, which ends all.",
            code="too-many-signing-keys",
            facts={"subscription_id": self.id, "most": MOST_SIGNING_KEYS, "room_at": room_at.isoformat()},
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

    def _require(self, target: SubscriptionStatus) -> None:
        require_transition(self.kind, self.id, SUBSCRIPTION_VALID_TRANSITIONS, self.state.status, target)
