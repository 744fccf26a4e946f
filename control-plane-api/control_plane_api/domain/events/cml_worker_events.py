"""What happens to a CML worker, from the demand for it to TERMINATED."""

from __future__ import annotations

from pydantic import AwareDatetime

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.enums import WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.fleet_care import DisruptionReason
from lcm_core.domain.provisioning import FailureEvidence, LaunchAttempt, LicenseRequest, ProvisioningStep
from lcm_core.domain.read_models import ScaleUpDemand, WorkerDrift
from lcm_core.domain.values import (
    AmiRequirement,
    PortRange,
    ResourceVector,
    WorkerLicense,
)


@EVENTS.register
class CMLWorkerRequestedDomainEvent(StampedEvent):
    """A worker is wanted, or only planned: then it is wanted STOPPED until its first booking comes near.

    Everything it needs of its template is pinned here; ``expected_ready_at`` is when it would be up if it were launched
    now.
    """

    wire_name = "cml_worker.requested"
    emitted_by = (
        "RequestScaleUpCommand, CreateWorkerCommand, CreateReservationCommand, BookTogetherCommand, "
        "CreateReservationBatchCommand, RescheduleReservationCommand, ExtendReservationCommand, "
        "PromiseCapacityCommand, ReportPromiseAtRiskCommand, HandleHostLostCommand, ImportWorkerCommand, "
        "AdoptWorkerCommand, DetachSessionCommand"
    )
    consumed_by = ("worker-controller", "resource-scheduler", "web UI")

    name: str
    region: str
    template_name: str
    instance_type: str
    ami: AmiRequirement
    declared: ResourceVector
    port_range: PortRange
    license: WorkerLicense
    cost_per_hour_usd: float
    startup_seconds: int
    expected_ready_at: AwareDatetime
    demand: ScaleUpDemand | None
    desired_status: WorkerDesiredStatus = WorkerDesiredStatus.RUNNING
    template_version: int = 0


@EVENTS.register
class CMLWorkerLaunchAttemptedDomainEvent(StampedEvent):
    """An instance is asked for, exactly so, or was refused: written before EC2 is asked and after it said no."""

    wire_name = "cml_worker.launch_attempted"
    emitted_by = "RecordLaunchAttemptsCommand"
    consumed_by = ("worker-controller", "web UI")

    attempt: LaunchAttempt


@EVENTS.register
class CMLWorkerProvisioningProgressedDomainEvent(StampedEvent):
    """A worker on its way up waits for the next thing."""

    wire_name = "cml_worker.provisioning_progressed"
    emitted_by = "ReportProvisioningCommand"
    consumed_by = ("worker-controller", "web UI")

    step: ProvisioningStep
    waiting_for: str


@EVENTS.register
class CMLWorkerLicenseRequestedDomainEvent(StampedEvent):
    """Somebody wants the worker's licence registered, exchanged or given back; the worker-controller carries it out."""

    wire_name = "cml_worker.license_requested"
    emitted_by = "RequestLicenseCommand"
    consumed_by = ("worker-controller", "web UI")

    request: LicenseRequest
    forced: bool


@EVENTS.register
class CMLWorkerLicenseSettledDomainEvent(StampedEvent):
    """What came of a licence request, with the licence as CML has it now."""

    wire_name = "cml_worker.license_settled"
    emitted_by = "SettleLicenseCommand"
    consumed_by = ("resource-scheduler", "worker-controller", "web UI")

    request: LicenseRequest
    license: WorkerLicense


@EVENTS.register
class CMLWorkerLaunchedDomainEvent(StampedEvent):
    """PENDING → PROVISIONING: an EC2 instance exists for it."""

    wire_name = "cml_worker.launched"
    emitted_by = "WorkerLaunchedCommand"
    consumed_by = ("worker-controller", "web UI")

    ec2_instance_id: str
    ami_id: str
    ami_name: str
    private_ip: str | None
    attempt: int | None = None


@EVENTS.register
class CMLWorkerReadyDomainEvent(StampedEvent):
    """→ RUNNING: EC2 runs, CML answers and the licence holds. ``measured`` is what CML says of the host."""

    wire_name = "cml_worker.ready"
    emitted_by = "WorkerReadyCommand"
    consumed_by = ("resource-scheduler", "worker-controller", "web UI")

    private_ip: str
    public_ip: str | None
    cml_version: str
    license: WorkerLicense
    measured: ResourceVector


@EVENTS.register
class CMLWorkerHealthChangedDomainEvent(StampedEvent):
    """CML on the host began or ceased to answer, or its licence changed."""

    wire_name = "cml_worker.health_changed"
    emitted_by = "ReportWorkerHealthCommand"
    consumed_by = ("resource-scheduler", "worker-controller", "web UI")

    service_status: WorkerServiceStatus
    license: WorkerLicense
    reason: str


@EVENTS.register
class CMLWorkerMaintenanceChangedDomainEvent(StampedEvent):
    """AWS planned something for the instance, another time for it, or nothing any more: then there is no time."""

    wire_name = "cml_worker.maintenance_changed"
    emitted_by = "ReportWorkerFindingsCommand"
    consumed_by = ("worker-controller", "web UI")

    maintenance_at: AwareDatetime | None
    reason: str


@EVENTS.register
class CMLWorkerDriftChangedDomainEvent(StampedEvent):
    """The worker was found to differ from what it was declared to be, in other ways than before or in none."""

    wire_name = "cml_worker.drift_changed"
    emitted_by = "ReportWorkerFindingsCommand"
    consumed_by = ("web UI",)

    drift: tuple[WorkerDrift, ...]


@EVENTS.register
class CMLWorkerDesiredStatusChangedDomainEvent(StampedEvent):
    """What is wanted of the worker; the worker-controller converges to it."""

    wire_name = "cml_worker.desired_status_changed"
    emitted_by = (
        "SetWorkerDesiredStatusCommand, DrainWorkerCommand, RetireWorkerCommand, CancelDrainCommand, "
        "ReportHostLostCommand, ReportHostLeavingCommand"
    )
    consumed_by = ("worker-controller", "web UI")

    desired_status: WorkerDesiredStatus
    reason: str
    forced: bool


@EVENTS.register
class CMLWorkerDrainingDomainEvent(StampedEvent):
    """RUNNING → DRAINING: it takes no new session and stops when the last one has ended."""

    wire_name = "cml_worker.draining"
    emitted_by = "DrainWorkerCommand, RetireWorkerCommand, ReportHostLostCommand, ReportHostLeavingCommand"
    consumed_by = ("worker-controller", "resource-scheduler", "web UI")

    reason: str
    forced: bool
    deadline_at: AwareDatetime | None = None
    disruption: DisruptionReason | None = None


@EVENTS.register
class CMLWorkerDrainCancelledDomainEvent(StampedEvent):
    """DRAINING → RUNNING."""

    wire_name = "cml_worker.drain_cancelled"
    emitted_by = "CancelDrainCommand, SetWorkerDesiredStatusCommand"
    consumed_by = ("worker-controller", "resource-scheduler", "web UI")

    reason: str = ""


@EVENTS.register
class CMLWorkerStoppingDomainEvent(StampedEvent):
    """→ STOPPING: the EC2 instance is stopping."""

    wire_name = "cml_worker.stopping"
    emitted_by = "WorkerStoppingCommand, WorkerStoppedCommand"
    consumed_by = ("worker-controller", "web UI")

    reason: str


@EVENTS.register
class CMLWorkerStoppedDomainEvent(StampedEvent):
    """STOPPING → STOPPED: the EC2 instance is stopped."""

    wire_name = "cml_worker.stopped"
    emitted_by = "WorkerStoppedCommand"
    consumed_by = ("worker-controller", "web UI")

    reason: str


@EVENTS.register
class CMLWorkerStartingDomainEvent(StampedEvent):
    """STOPPED → STARTING: the EC2 instance is starting again."""

    wire_name = "cml_worker.starting"
    emitted_by = "WorkerStartingCommand"
    consumed_by = ("worker-controller", "resource-scheduler", "web UI")

    reason: str
    expected_ready_at: AwareDatetime


@EVENTS.register
class CMLWorkerTerminatingDomainEvent(StampedEvent):
    """→ TERMINATING: the EC2 instance is being terminated."""

    wire_name = "cml_worker.terminating"
    emitted_by = "WorkerTerminatingCommand"
    consumed_by = ("worker-controller", "web UI")

    reason: str


@EVENTS.register
class CMLWorkerTerminatedDomainEvent(StampedEvent):
    """→ TERMINATED: no EC2 instance is left."""

    wire_name = "cml_worker.terminated"
    emitted_by = "WorkerTerminatedCommand"
    consumed_by = ("lablet-controller", "resource-scheduler", "web UI")

    reason: str


@EVENTS.register
class CMLWorkerFailedDomainEvent(StampedEvent):
    """→ FAILED: it could not be launched, or did not come up in time."""

    wire_name = "cml_worker.failed"
    emitted_by = "WorkerFailedCommand"
    consumed_by = ("worker-controller", "resource-scheduler", "web UI")

    reason: str
    evidence: FailureEvidence | None = None
