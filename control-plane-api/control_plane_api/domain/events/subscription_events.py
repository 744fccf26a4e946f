"""What happens to a subscription to outbound events. None leaves as CloudEvent: a receiver is not told of itself."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.subscriptions import EventFilter, ReplayOrder, ReplayResult, SigningKey, SubscriptionPurpose


class _SubscriptionEvent(StampedEvent):
    consumed_by = ("web UI",)
    published = False


@EVENTS.register
class SubscriptionCreatedDomainEvent(_SubscriptionEvent):
    """Somebody wants events at an address; its receiver has yet to agree, unless the settings name it."""

    wire_name = "subscription.created"
    emitted_by = (
        "CreateSubscriptionCommand, FollowConfiguredSinkCommand, CreateReservationCommand, BookTogetherCommand, "
        "CreateReservationBatchCommand"
    )

    owner_id: str
    purpose: SubscriptionPurpose
    url: str
    filter: EventFilter
    key: SigningKey
    description: str = ""


@EVENTS.register
class SubscriptionChangedDomainEvent(_SubscriptionEvent):
    """Other events are wanted from now on, or another description."""

    wire_name = "subscription.changed"
    emitted_by = "ChangeSubscriptionCommand"

    filter: EventFilter
    description: str


@EVENTS.register
class SubscriptionAddressChangedDomainEvent(_SubscriptionEvent):
    """→ PENDING: events go to another address, whose receiver has yet to agree.

    A PAUSED one stays as it is (``stays_paused``), and its receiver is asked when somebody resumes it.
    """

    wire_name = "subscription.address_changed"
    emitted_by = "ChangeSubscriptionCommand, FollowConfiguredSinkCommand"

    url: str
    stays_paused: bool = False


@EVENTS.register
class SubscriptionValidatedDomainEvent(_SubscriptionEvent):
    """→ ACTIVE: the receiver agreed to take events, ``allowed_rate`` of them a minute; None for no limit."""

    wire_name = "subscription.validated"
    emitted_by = "ValidateSubscriptionCommand, FollowConfiguredSinkCommand, ResumeSubscriptionCommand"

    allowed_rate: int | None
    how: str


@EVENTS.register
class SubscriptionPausedDomainEvent(_SubscriptionEvent):
    """→ PAUSED by a person, or ``automatic`` because its receiver is dead or did not agree again; events are kept."""

    wire_name = "subscription.paused"
    emitted_by = "PauseSubscriptionCommand"
    consumed_by = ("web UI", "operators")

    reason: str
    automatic: bool = False


@EVENTS.register
class SubscriptionResumedDomainEvent(_SubscriptionEvent):
    """PAUSED → PENDING: the receiver is ``asked_again``. In older logs → ACTIVE where it had agreed before."""

    wire_name = "subscription.resumed"
    emitted_by = "ResumeSubscriptionCommand"

    reason: str
    asked_again: bool = False


@EVENTS.register
class SubscriptionEndedDomainEvent(_SubscriptionEvent):
    """→ ENDED: no event is sent any more; what was still to be sent is dead-lettered."""

    wire_name = "subscription.ended"
    emitted_by = "EndSubscriptionCommand, FollowConfiguredSinkCommand"
    consumed_by = ("web UI", "operators")

    reason: str


@EVENTS.register
class SubscriptionReopenedDomainEvent(_SubscriptionEvent):
    """ENDED → PENDING: a booking names the sink again, or the settings do."""

    wire_name = "subscription.reopened"
    emitted_by = (
        "CreateReservationCommand, BookTogetherCommand, CreateReservationBatchCommand, FollowConfiguredSinkCommand"
    )


@EVENTS.register
class SubscriptionKeyRotatedDomainEvent(_SubscriptionEvent):
    """A new key signs; the ones before it go on doing so until ``others_until``."""

    wire_name = "subscription.key_rotated"
    emitted_by = "RotateSubscriptionKeyCommand, FollowConfiguredSinkCommand"

    key: SigningKey
    others_until: AwareDatetime


@EVENTS.register
class SubscriptionReplayRequestedDomainEvent(_SubscriptionEvent):
    """Somebody wants events sent once more."""

    wire_name = "subscription.replay_requested"
    emitted_by = "RequestReplayCommand"

    order: ReplayOrder


@EVENTS.register
class SubscriptionReplayFinishedDomainEvent(_SubscriptionEvent):
    """Every event that the order asked for waits to be sent, or as many as a replay may bring."""

    wire_name = "subscription.replay_finished"
    emitted_by = "FinishReplayCommand"

    result: ReplayResult
