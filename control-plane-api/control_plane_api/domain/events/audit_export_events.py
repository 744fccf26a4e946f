"""What happens to an export of the audit: who took what out of the house."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent


@EVENTS.register
class AuditExportBegunDomainEvent(StampedEvent):
    """Somebody is given the audit as a file, or this part of it."""

    wire_name = "audit_export.begun"
    emitted_by = "BeginAuditExportCommand"
    consumed_by = ("audit",)
    published = False

    format: str
    filters: dict[str, str]


@EVENTS.register
class AuditExportEndedDomainEvent(StampedEvent):
    """The whole export was sent. One that only began was broken off, by its reader or by a failure."""

    wire_name = "audit_export.ended"
    emitted_by = "EndAuditExportCommand"
    consumed_by = ("audit",)
    published = False

    entries: int
