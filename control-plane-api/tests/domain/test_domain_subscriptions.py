"""Subscriptions as older logs tell them."""

from __future__ import annotations

from datetime import UTC, datetime

from control_plane_api.domain.entities import Subscription
from control_plane_api.domain.events import subscription_events as events
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.subscriptions import EventFilter, SigningKey, SubscriptionPurpose

AT = datetime(2030, 1, 1, tzinfo=UTC)


def a_paused_subscription() -> Subscription:
    subscription = Subscription("sub-1")
    key = SigningKey(id="key_1", created_at=AT)
    subscription.record(
        events.SubscriptionCreatedDomainEvent(
            at=AT,
            by="lms-1",
            owner_id="lms-1",
            purpose=SubscriptionPurpose.FILTER,
            url="https://lms.example.com/hook",
            filter=EventFilter(),
            key=key,
        )
    )
    subscription.record(events.SubscriptionValidatedDomainEvent(at=AT, by="webhooks", allowed_rate=None, how="agreed"))
    subscription.record(events.SubscriptionPausedDomainEvent(at=AT, by="lms-1", reason="maintenance"))
    return subscription


def test_one_that_was_resumed_before_receivers_were_asked_again_is_what_it_was_then() -> None:
    subscription = a_paused_subscription()
    told = {"at": AT, "by": "lms-1", "reason": "done"}

    subscription.record(events.SubscriptionResumedDomainEvent.model_validate(told))

    assert subscription.state.status is SubscriptionStatus.ACTIVE


def test_one_whose_address_changed_before_pauses_outlived_that_is_what_it_was_then() -> None:
    subscription = a_paused_subscription()
    told = {"at": AT, "by": "lms-1", "url": "https://other.example.com/"}

    subscription.record(events.SubscriptionAddressChangedDomainEvent.model_validate(told))

    assert subscription.state.status is SubscriptionStatus.PENDING
