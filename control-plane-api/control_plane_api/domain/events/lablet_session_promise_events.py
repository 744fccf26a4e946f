"""What happens to the promise of a session whose worker does not come up."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent


@EVENTS.register
class LabletSessionPromiseAtRiskDomainEvent(StampedEvent):
    """The session may begin late: ``worker_id``, which was to have its room, has not come up in time.

    Told once for each such worker. Where the room is found elsewhere, ``lablet_session.promise_moved`` stands in the
    same commit, and says whether that is in time.
    """

    wire_name = "lablet_session.promise_at_risk"
    emitted_by = "ReportPromiseAtRiskCommand"
    consumed_by = ("resource-scheduler", "web UI", "LMS")

    worker_id: str
    reason: str
