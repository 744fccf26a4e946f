"""One export of the audit: an aggregate, so that it stands in the log that it is an export of."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import audit_export_events as events
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.aggregate import AggregateRoot, when


class AuditExportState(BaseModel):
    """``entries`` is known when all of them were sent."""

    by: str
    format: str
    filters: dict[str, str]
    begun_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    entries: int | None = None


class AuditExport(AggregateRoot[AuditExportState]):
    kind = "audit_export"
    collection = "audit_exports"

    @classmethod
    def begin(cls, id: str, format: str, filters: dict[str, str], stamp: Stamp) -> Self:
        export = cls(id)
        export.record(
            events.AuditExportBegunDomainEvent(at=stamp.at, by=stamp.by, format=format, filters=dict(filters))
        )
        return export

    def end(self, entries: int, stamp: Stamp) -> bool:
        """Whether it had not ended yet."""
        if self.state.ended_at is not None:
            return False
        self.record(events.AuditExportEndedDomainEvent(at=stamp.at, by=stamp.by, entries=entries))
        return True

    @when(events.AuditExportBegunDomainEvent)
    def _begun(self, event: events.AuditExportBegunDomainEvent) -> None:
        self.state = AuditExportState(by=event.by, format=event.format, filters=event.filters, begun_at=event.at)

    @when(events.AuditExportEndedDomainEvent)
    def _ended(self, event: events.AuditExportEndedDomainEvent) -> None:
        self.state = self.state.model_copy(update={"ended_at": event.at, "entries": event.entries})
