"""What sessions hold of a CML worker's room, from promise to release, and how much room is declared."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot


@EVENTS.register
class WorkerCapacityPromisedDomainEvent(StampedEvent):
    """Room is held for a booking from now on; its ports are chosen when it is scheduled."""

    wire_name = "cml_worker.capacity_promised"
    emitted_by = (
        "CreateReservationCommand, BookTogetherCommand, CreateReservationBatchCommand, "
        "RescheduleReservationCommand, ExtendReservationCommand, PromiseCapacityCommand, "
        "UnscheduleLabletSessionCommand, TransitionLabletSessionCommand, AllocateCapacityCommand, "
        "ReportPromiseAtRiskCommand, HandleHostLostCommand, RePlaceSessionCommand, AssignSessionCommand, "
        "DetachSessionCommand"
    )
    consumed_by = ("resource-scheduler", "web UI")

    allocation: CapacityAllocation


@EVENTS.register
class WorkerCapacityAllocatedDomainEvent(StampedEvent):
    """A session holds room and ports on the worker, in place of its promise if it had one."""

    wire_name = "cml_worker.capacity_allocated"
    emitted_by = "ScheduleLabletSessionCommand, AllocateCapacityCommand, RePlaceSessionCommand, AssignSessionCommand"
    consumed_by = ("resource-scheduler", "web UI")

    allocation: CapacityAllocation


@EVENTS.register
class WorkerCapacityIntervalMovedDomainEvent(StampedEvent):
    """A session holds its room over another interval.

    ``overrun``: nobody was asked, since the lab is there; what is held beyond the interval before is a fact and not a
    promise.
    """

    wire_name = "cml_worker.capacity_interval_moved"
    emitted_by = (
        "RescheduleReservationCommand, ExtendReservationCommand, AdjustOccupationCommand, RecoverSessionCommand"
    )
    consumed_by = ("resource-scheduler", "web UI")

    session_id: str
    interval: Timeslot
    previous: Timeslot
    overrun: bool
    reason: str


@EVENTS.register
class WorkerCapacityReleasedDomainEvent(StampedEvent):
    """What a session held was given back, exactly as it was granted or promised."""

    wire_name = "cml_worker.capacity_released"
    emitted_by = (
        "MarkSessionStoppedCommand, UnscheduleLabletSessionCommand, StopLabletSessionCommand, "
        "TerminateLabletSessionCommand, CancelReservationCommand, ReleaseCapacityCommand, "
        "TransitionLabletSessionCommand, ScheduleLabletSessionCommand, PromiseCapacityCommand, "
        "RescheduleReservationCommand, ExtendReservationCommand, ReportPromiseAtRiskCommand, "
        "HandleHostLostCommand, RePlaceSessionCommand, AssignSessionCommand, DetachSessionCommand"
    )
    consumed_by = ("resource-scheduler", "worker-controller", "web UI")

    session_id: str
    released: CapacityAllocation
    reason: str


@EVENTS.register
class WorkerCapacityDeclaredDomainEvent(StampedEvent):
    """An operator changed what the worker may hold; never below what is promised already."""

    wire_name = "cml_worker.capacity_declared"
    emitted_by = "UpdateWorkerCapacityCommand"
    consumed_by = ("resource-scheduler", "web UI")

    declared: ResourceVector
    reason: str
