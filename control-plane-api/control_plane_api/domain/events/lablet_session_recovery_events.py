"""What happens to a session whose host was lost while its learner worked."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent


@EVENTS.register
class LabletSessionHeldForRecoveryDomainEvent(StampedEvent):
    """The session waits for its host to come back with its lab; what happens then, or at ``deadline``, is decided."""

    wire_name = "lablet_session.held_for_recovery"
    emitted_by = "HandleHostLostCommand, DetachSessionCommand"
    consumed_by = ("lablet-controller", "resource-scheduler", "web UI", "LMS")

    worker_id: str
    since: AwareDatetime
    deadline: AwareDatetime
    reason: str


@EVENTS.register
class LabletSessionRecoveredDomainEvent(StampedEvent):
    """The host is back with the lab, and the session goes on where it was.

    After a restart of the nodes (``lab_restarted``) what was not saved on a device is lost. ``given_back_seconds`` is
    by how much the slot was extended for it.
    """

    wire_name = "lablet_session.recovered"
    emitted_by = "RecoverSessionCommand"
    consumed_by = ("lablet-controller", "resource-scheduler", "web UI", "LMS")

    lost_seconds: float
    given_back_seconds: float
    lab_restarted: bool
    reason: str
