"""What happens to the host under a CML worker: lost, awaited, back; and what a session left behind on it."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.enums import HostLossCause
from lcm_core.domain.values import LeftoverLab


@EVENTS.register
class CMLWorkerHostLostDomainEvent(StampedEvent):
    """Nothing on the host can be reached. ``session_ids`` had their room granted on it at that moment."""

    wire_name = "cml_worker.host_lost"
    emitted_by = (
        "ReportHostLostCommand, WorkerStoppingCommand, WorkerStoppedCommand, WorkerTerminatingCommand, "
        "WorkerTerminatedCommand, WorkerFailedCommand, DetachSessionCommand"
    )
    consumed_by = ("lablet-controller", "resource-scheduler", "worker-controller", "web UI", "LMS")

    cause: HostLossCause
    reason: str
    silent_since: AwareDatetime
    session_ids: tuple[str, ...]


@EVENTS.register
class CMLWorkerHostAwaitedDomainEvent(StampedEvent):
    """A session waits for the host until then: it is not to be removed before."""

    wire_name = "cml_worker.host_awaited"
    emitted_by = "HandleHostLostCommand, DetachSessionCommand"
    consumed_by = ("worker-controller", "web UI")

    session_id: str
    until: AwareDatetime


@EVENTS.register
class CMLWorkerHostBackDomainEvent(StampedEvent):
    """A lost host answers again; ``lost_seconds`` after it was last known to be well."""

    wire_name = "cml_worker.host_back"
    emitted_by = "ReportWorkerHealthCommand, WorkerReadyCommand"
    consumed_by = ("lablet-controller", "resource-scheduler", "web UI", "LMS")

    reason: str
    lost_seconds: float


@EVENTS.register
class CMLWorkerLabLeftBehindDomainEvent(StampedEvent):
    """A session goes on elsewhere; its lab, if there is one, is to be removed when the host is back."""

    wire_name = "cml_worker.lab_left_behind"
    emitted_by = (
        "HandleHostLostCommand, TransitionLabletSessionCommand, UnscheduleLabletSessionCommand, "
        "RePlaceSessionCommand, AssignSessionCommand, DetachSessionCommand"
    )
    consumed_by = ("lablet-controller", "web UI")

    lab: LeftoverLab


@EVENTS.register
class CMLWorkerLeftoverRemovedDomainEvent(StampedEvent):
    """What a session left behind is proven gone."""

    wire_name = "cml_worker.leftover_removed"
    emitted_by = "RemoveLeftoverCommand"
    consumed_by = ("resource-scheduler", "web UI")

    session_id: str
    proof: str


@EVENTS.register
class CMLWorkerIdleDetectionChangedDomainEvent(StampedEvent):
    """Whether the worker may be scaled down for being idle."""

    wire_name = "cml_worker.idle_detection_changed"
    emitted_by = "SetIdleDetectionCommand"
    consumed_by = ("worker-controller", "web UI")

    enabled: bool
    reason: str


@EVENTS.register
class CMLWorkerLabsResyncRequestedDomainEvent(StampedEvent):
    """The labs on the host are to be looked at again: lablet-controller removes what no session has a use for."""

    wire_name = "cml_worker.labs_resync_requested"
    emitted_by = "ResyncLabsCommand"
    consumed_by = ("lablet-controller", "worker-controller", "web UI")
    published = False

    reason: str


@EVENTS.register
class CMLWorkerRefreshRequestedDomainEvent(StampedEvent):
    """Somebody wants to know how the worker is now; the worker-controller looks at once."""

    wire_name = "cml_worker.refresh_requested"
    emitted_by = "RefreshWorkerCommand, ResyncLabsCommand"
    consumed_by = ("worker-controller", "web UI")
    published = False

    reason: str
