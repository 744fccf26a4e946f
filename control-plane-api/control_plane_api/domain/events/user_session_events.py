"""What happens to the delivery of a session to its learner."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.values import DeviceAccess


@EVENTS.register
class UserSessionCreatedDomainEvent(StampedEvent):
    """A delivery session is being set up, as PROVISIONING."""

    wire_name = "user_session.created"
    emitted_by = "MarkSessionReadyCommand"
    consumed_by = ("web UI",)

    lablet_session_id: str
    lds_session_id: str
    lds_deployment: str
    form_qualified_name: str


@EVENTS.register
class UserSessionProvisionedDomainEvent(StampedEvent):
    """PROVISIONING → PROVISIONED: the learner can log in and finds these devices."""

    wire_name = "user_session.provisioned"
    emitted_by = "MarkSessionReadyCommand"
    consumed_by = ("web UI", "LMS")

    login_url: str
    devices: tuple[DeviceAccess, ...]


@EVENTS.register
class UserSessionDevicesMovedDomainEvent(StampedEvent):
    """The lab was made again on another host: the same delivery, other addresses."""

    wire_name = "user_session.devices_moved"
    emitted_by = "MarkSessionReadyCommand"
    consumed_by = ("web UI", "LMS")

    login_url: str
    devices: tuple[DeviceAccess, ...]


@EVENTS.register
class UserSessionStartedDomainEvent(StampedEvent):
    """PROVISIONED → ACTIVE: the learner logged in."""

    wire_name = "user_session.started"
    emitted_by = "HandleSessionStartedCommand, HandleSessionEndedCommand, TransitionLabletSessionCommand"
    consumed_by = ("web UI", "LMS")

    started_at: AwareDatetime


@EVENTS.register
class UserSessionPausedDomainEvent(StampedEvent):
    """ACTIVE → PAUSED by the learner or a proctor; the slot goes on."""

    wire_name = "user_session.paused"
    emitted_by = "HandleSessionPausedCommand, HandleSessionResumedCommand"
    consumed_by = ("web UI",)

    paused_at: AwareDatetime


@EVENTS.register
class UserSessionResumedDomainEvent(StampedEvent):
    """PAUSED → ACTIVE."""

    wire_name = "user_session.resumed"
    emitted_by = "HandleSessionResumedCommand, HandleSessionPausedCommand"
    consumed_by = ("web UI",)

    resumed_at: AwareDatetime


@EVENTS.register
class UserSessionEndedDomainEvent(StampedEvent):
    """→ ENDED: the learner finished, or the session was terminated."""

    wire_name = "user_session.ended"
    emitted_by = (
        "HandleSessionEndedCommand, StartCollectionCommand, CollectAndGradeCommand, StopLabletSessionCommand, "
        "TerminateLabletSessionCommand, CancelReservationCommand, MarkSessionArchivedCommand, "
        "TransitionLabletSessionCommand, HandleHostLostCommand, GiveUpRecoveryCommand, DetachSessionCommand"
    )
    consumed_by = ("web UI", "LMS")

    ended_at: AwareDatetime
    reason: str


@EVENTS.register
class UserSessionExpiredDomainEvent(StampedEvent):
    """→ EXPIRED: the slot ended first."""

    wire_name = "user_session.expired"
    emitted_by = (
        "StartCollectionCommand, StopLabletSessionCommand, HandleHostLostCommand, GiveUpRecoveryCommand, "
        "DetachSessionCommand"
    )
    consumed_by = ("web UI", "LMS")

    ended_at: AwareDatetime
    reason: str


@EVENTS.register
class UserSessionFaultedDomainEvent(StampedEvent):
    """→ FAULTED: the delivery system reported an error."""

    wire_name = "user_session.faulted"
    emitted_by = "HandleSessionFaultedCommand"
    consumed_by = ("web UI", "LMS")

    ended_at: AwareDatetime
    reason: str
