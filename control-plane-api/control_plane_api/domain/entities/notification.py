"""What operators are told of one thing under one kind: at most one notification at a time, each with a number."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import notification_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.notifications import (
    Acknowledgement,
    NotificationKind,
    NotificationSeverity,
    NotificationStatus,
    Thing,
)

_S = NotificationStatus


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that holds of *subject*. *text* says it in one sentence; of what *count* counts, *things* are some."""

    kind: NotificationKind
    subject: Thing
    severity: NotificationSeverity
    text: str
    count: int = 1
    things: tuple[Thing, ...] = ()


class NotificationState(BaseModel):
    """The last notification, which may be cleared."""

    kind: NotificationKind
    subject: Thing
    number: int
    status: NotificationStatus
    severity: NotificationSeverity
    text: str
    count: int
    things: tuple[Thing, ...] = ()
    opened_at: AwareDatetime
    changed_at: AwareDatetime
    acknowledged: Acknowledgement | None = None
    cleared_at: AwareDatetime | None = None
    created_at: AwareDatetime


class Notification(AggregateRoot[NotificationState]):
    """Methods that answer bool say whether anything changed."""

    kind = "notification"
    collection = "notifications"

    @property
    def active(self) -> bool:
        return self._state is not None and self._state.status is not _S.CLEARED

    def hold(self, found: Condition, stamp: Stamp) -> bool:
        """Raise it, or take in what has changed since; acknowledged and worse than then, it is open again."""
        if not self.active:
            number = self.state.number + 1 if self._state is not None else 1
            self.record(
                events.NotificationRaisedDomainEvent(
                    at=stamp.at,
                    by=stamp.by,
                    condition=found.kind,
                    subject=found.subject,
                    number=number,
                    severity=found.severity,
                    text=found.text,
                    count=found.count,
                    things=found.things,
                )
            )
            return True
        if (self.state.severity, self.state.count, self.state.things) == (found.severity, found.count, found.things):
            return False
        self.record(
            events.NotificationChangedDomainEvent(
                at=stamp.at,
                by=stamp.by,
                severity=found.severity,
                text=found.text,
                count=found.count,
                things=found.things,
                reopened=self._is_worse(found),
            )
        )
        return True

    def acknowledge(self, number: int, note: str, stamp: Stamp) -> bool:
        """Raises RuleViolation when notification *number* holds no more."""
        if not self.active or self.state.number != number:
            raise RuleViolation(
                f"Notification {self.id}-{number} is cleared: there is nothing left to acknowledge.",
                code="notification-cleared",
                facts={"notification_id": f"{self.id}-{number}"},
            )
        if self.state.status is _S.ACKNOWLEDGED:
            return False
        self.record(events.NotificationAcknowledgedDomainEvent(at=stamp.at, by=stamp.by, note=note))
        return True

    def clear(self, number: int, stamp: Stamp) -> bool:
        """False when notification *number* is over already."""
        if not self.active or self.state.number != number:
            return False
        self.record(events.NotificationClearedDomainEvent(at=stamp.at, by=stamp.by))
        return True

    def _is_worse(self, found: Condition) -> bool:
        known = self.state.acknowledged
        return known is not None and (found.severity.rank, found.count) > (known.severity.rank, known.count)

    @when(events.NotificationRaisedDomainEvent)
    def _raised(self, event: events.NotificationRaisedDomainEvent) -> None:
        self.state = NotificationState(
            kind=event.condition,
            subject=event.subject,
            number=event.number,
            status=_S.OPEN,
            severity=event.severity,
            text=event.text,
            count=event.count,
            things=event.things,
            opened_at=event.at,
            changed_at=event.at,
            created_at=self._state.created_at if self._state is not None else event.at,
        )

    @when(events.NotificationChangedDomainEvent)
    def _changed(self, event: events.NotificationChangedDomainEvent) -> None:
        state = self.state
        state.severity, state.text, state.count, state.things = event.severity, event.text, event.count, event.things
        state.changed_at = event.at
        if event.reopened:
            state.status, state.acknowledged = _S.OPEN, None

    @when(events.NotificationAcknowledgedDomainEvent)
    def _acknowledged(self, event: events.NotificationAcknowledgedDomainEvent) -> None:
        self.state.status = _S.ACKNOWLEDGED
        self.state.acknowledged = Acknowledgement(
            by=event.by, at=event.at, note=event.note, count=self.state.count, severity=self.state.severity
        )
        self.state.changed_at = event.at

    @when(events.NotificationClearedDomainEvent)
    def _cleared(self, event: events.NotificationClearedDomainEvent) -> None:
        self.state.status = _S.CLEARED
        self.state.cleared_at = event.at
        self.state.changed_at = event.at
