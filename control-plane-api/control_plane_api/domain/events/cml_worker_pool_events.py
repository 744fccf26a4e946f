"""What happens to the prepared labs on a CML worker."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.warm_pool import PreparedLab

_GIVES_WAY = (
    "DiscardPreparedLabsCommand, PreparationFailedCommand, ScheduleLabletSessionCommand, AllocateCapacityCommand, "
    "DrainWorkerCommand, SetWorkerDesiredStatusCommand, ReportHostLeavingCommand, ReportHostLostCommand, "
    "WorkerStoppingCommand, WorkerStoppedCommand, WorkerTerminatingCommand, WorkerTerminatedCommand, "
    "WorkerFailedCommand, ReportForeignLabsCommand, GrantOtherPortsCommand"
)


@EVENTS.register
class CMLWorkerLabPreparationBegunDomainEvent(StampedEvent):
    """A lab is to be imported before anybody asks for it; its ports and its room are held from now on."""

    wire_name = "cml_worker.lab_preparation_begun"
    emitted_by = "PrepareLabCommand"
    consumed_by = ("lablet-controller", "web UI")
    published = False

    lab: PreparedLab


@EVENTS.register
class CMLWorkerLabPreparedDomainEvent(StampedEvent):
    """It is imported, and stopped: a session may take it."""

    wire_name = "cml_worker.lab_prepared"
    emitted_by = "LabPreparedCommand"
    consumed_by = ("lablet-controller", "web UI")
    published = False

    prepared_lab_id: str
    cml_lab_id: str
    prepare_seconds: float


@EVENTS.register
class CMLWorkerPreparedLabClaimedDomainEvent(StampedEvent):
    """It is kept for one session, which was granted its ports in the same commit."""

    wire_name = "cml_worker.prepared_lab_claimed"
    emitted_by = "ScheduleLabletSessionCommand, RePlaceSessionCommand, AssignSessionCommand"
    consumed_by = ("lablet-controller", "web UI")
    published = False

    prepared_lab_id: str
    session_id: str


@EVENTS.register
class CMLWorkerPreparedLabReturnedDomainEvent(StampedEvent):
    """The session that it was kept for did not begin on it: nothing was ever started, it is idle again."""

    wire_name = "cml_worker.prepared_lab_returned"
    emitted_by = (
        "UnscheduleLabletSessionCommand, TerminateLabletSessionCommand, StopLabletSessionCommand, "
        "CancelReservationCommand, TransitionLabletSessionCommand, ReleaseCapacityCommand, "
        "MarkSessionStoppedCommand, HandleHostLostCommand, DetachSessionCommand, RePlaceSessionCommand, "
        "AssignSessionCommand"
    )
    consumed_by = ("lablet-controller", "web UI")
    published = False

    prepared_lab_id: str
    session_id: str
    reason: str


@EVENTS.register
class CMLWorkerPreparedLabTakenDomainEvent(StampedEvent):
    """It is the session's lab now, and the pool knows it no more."""

    wire_name = "cml_worker.prepared_lab_taken"
    emitted_by = "StartInstantiationCommand, TransitionLabletSessionCommand"
    consumed_by = ("lablet-controller", "web UI")
    published = False

    prepared_lab_id: str
    session_id: str


@EVENTS.register
class CMLWorkerPreparedLabsDiscardedDomainEvent(StampedEvent):
    """They hold nothing any more and are to be removed from the host."""

    wire_name = "cml_worker.prepared_labs_discarded"
    emitted_by = _GIVES_WAY
    consumed_by = ("lablet-controller", "web UI")
    published = False

    prepared_lab_ids: tuple[str, ...]
    reason: str


@EVENTS.register
class CMLWorkerPreparedLabRemovedDomainEvent(StampedEvent):
    """It is proven gone from the host."""

    wire_name = "cml_worker.prepared_lab_removed"
    emitted_by = "PreparedLabRemovedCommand"
    consumed_by = ("lablet-controller", "web UI")
    published = False

    prepared_lab_id: str
    proof: str
