"""What happens to a notification: of one kind, about one thing."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.notifications import NotificationKind, NotificationSeverity, Thing


class _NotificationEvent(StampedEvent):
    consumed_by = ("web UI", "operators")
    published = False


@EVENTS.register
class NotificationRaisedDomainEvent(_NotificationEvent):
    """Something began to hold that operators want to know of; ``number`` counts how often it has."""

    wire_name = "notification.raised"
    emitted_by = "RaiseNotificationCommand"

    condition: NotificationKind
    subject: Thing
    number: int
    severity: NotificationSeverity
    text: str
    count: int
    things: tuple[Thing, ...] = ()


@EVENTS.register
class NotificationChangedDomainEvent(_NotificationEvent):
    """It still holds, of more or fewer things. ``reopened``: it is worse than when it was acknowledged."""

    wire_name = "notification.changed"
    emitted_by = "RaiseNotificationCommand"

    severity: NotificationSeverity
    text: str
    count: int
    things: tuple[Thing, ...] = ()
    reopened: bool = False


@EVENTS.register
class NotificationAcknowledgedDomainEvent(_NotificationEvent):
    """Somebody knows of it."""

    wire_name = "notification.acknowledged"
    emitted_by = "AcknowledgeNotificationsCommand"

    note: str = ""


@EVENTS.register
class NotificationClearedDomainEvent(_NotificationEvent):
    """It does not hold any more."""

    wire_name = "notification.cleared"
    emitted_by = "ClearNotificationCommand"
