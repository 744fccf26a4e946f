"""A CML worker as the reconcilers and the user interface see it."""

from __future__ import annotations

from pydantic import AwareDatetime, computed_field

from lcm_core.domain.enums import (
    WORKER_STATUSES_ON_THE_WAY,
    CMLWorkerStatus,
    LicenseType,
    WorkerDesiredStatus,
    WorkerOrigin,
    WorkerServiceStatus,
)
from lcm_core.domain.fleet_care import DrainDeadlineAction
from lcm_core.domain.provisioning import (
    FailureEvidence,
    LaunchAttempt,
    LaunchOutcome,
    LicenseRequest,
    ProvisioningStep,
    PurchaseOption,
)
from lcm_core.domain.read_models.base import AggregateReadModel, ReadModel
from lcm_core.domain.read_models.worker_observations import WorkerDrift, WorkerMetrics
from lcm_core.domain.values import (
    AmiRequirement,
    CapacityAllocation,
    ForeignLab,
    HostLoss,
    LeftoverLab,
    PortRange,
    ResourceVector,
    WorkerLicense,
)
from lcm_core.domain.warm_pool import PreparedLab


class ScaleUpDemand(ReadModel):
    """Why a worker was asked for; ``key`` identifies the demand so that it is never met twice."""

    key: str
    reason: str
    session_ids: tuple[str, ...] = ()


def is_placeable(
    status: CMLWorkerStatus,
    desired_status: WorkerDesiredStatus,
    service_status: WorkerServiceStatus,
    license: WorkerLicense,
) -> bool:
    """EC2 runs, CML answers, the licence holds, nobody wants it stopped: only then may a session be placed."""
    return (
        status is CMLWorkerStatus.RUNNING
        and desired_status is WorkerDesiredStatus.RUNNING
        and service_status is WorkerServiceStatus.AVAILABLE
        and license.holds
    )


class CMLWorkerReadModel(AggregateReadModel):
    name: str
    region: str
    template_name: str
    status: CMLWorkerStatus
    desired_status: WorkerDesiredStatus
    service_status: WorkerServiceStatus = WorkerServiceStatus.UNKNOWN
    declared: ResourceVector
    port_range: PortRange
    license: WorkerLicense
    allocations: tuple[CapacityAllocation, ...] = ()
    instance_type: str
    ec2_instance_id: str | None = None
    ami_id: str | None = None
    ami_name: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    cml_version: str | None = None
    cost_per_hour_usd: float = 0.0
    startup_seconds: int = 900
    expected_ready_at: AwareDatetime | None = None
    demand: ScaleUpDemand | None = None
    metrics: WorkerMetrics | None = None
    last_activity_at: AwareDatetime | None = None
    health_reason: str = ""
    maintenance_at: AwareDatetime | None = None
    maintenance_reason: str = ""
    drift: tuple[WorkerDrift, ...] = ()
    drain_reason: str = ""
    left_for: str = ""
    """What EC2 had announced when it was last drained for that."""
    failure: str = ""
    host_loss: HostLoss | None = None
    leftover_labs: tuple[LeftoverLab, ...] = ()
    prepared_labs: tuple[PreparedLab, ...] = ()
    past_prepared_labs: tuple[str, ...] = ()
    """The last that a session took, or that were removed: a lab of theirs that comes up later is nobody's."""
    foreign_labs: tuple[ForeignLab, ...] = ()
    """Labs on its host that no record of ours stands for and that forward ports; those ports are not granted."""
    silent_since: AwareDatetime | None = None
    idle_detection_enabled: bool = True
    refresh_requested_at: AwareDatetime | None = None
    labs_resync_requested_at: AwareDatetime | None = None
    status_changed_at: AwareDatetime
    ami: AmiRequirement = AmiRequirement()
    template_version: int = 0
    """Version of the template that it is made from; 0 for a worker older than versions: the template as it is now."""
    purchase: PurchaseOption | None = None
    """How its instance was bought; None while there is none."""
    launch_attempts: tuple[LaunchAttempt, ...] = ()
    """The last ones, oldest first."""
    provisioning_step: ProvisioningStep | None = None
    """What it waits for on its way up, since ``provisioning_step_at``; None when it is not on its way."""
    provisioning_step_at: AwareDatetime | None = None
    failure_evidence: FailureEvidence | None = None
    license_request: LicenseRequest | None = None
    license_wanted: LicenseType | None = None
    """What it is to be licensed as; None for a worker older than this field: as it is."""

    origin: WorkerOrigin = WorkerOrigin.LAUNCHED
    import_of: str | None = None
    """The instance that an operator wants it to stand for."""
    drain_deadline_at: AwareDatetime | None = None
    """When a worker that drains should be empty; None for one whose host goes anyway."""
    drain_overrun: DrainDeadlineAction | None = None
    """What the policy said when the deadline was over and somebody was still on it."""

    @computed_field
    @property
    def placeable(self) -> bool:
        """See is_placeable; and no lab of a session that went elsewhere is left on it."""
        if self.host_loss is not None or self.leftover_labs:
            return False
        return is_placeable(self.status, self.desired_status, self.service_status, self.license)

    @property
    def foreign_ports(self) -> frozenset[int]:
        return frozenset(port for lab in self.foreign_labs for port in lab.ports)

    @property
    def launch_under_way(self) -> LaunchAttempt | None:
        """The launch whose outcome is not on record: there may be an instance of it that nobody has seen."""
        last = self.launch_attempts[-1] if self.launch_attempts else None
        return last if last is not None and last.outcome is LaunchOutcome.TRYING else None

    @property
    def planned(self) -> bool:
        """Promised to bookings, not launched yet: it exists in the books only and costs nothing."""
        return self.status is CMLWorkerStatus.PENDING and self.desired_status is WorkerDesiredStatus.STOPPED

    @property
    def on_the_way(self) -> bool:
        """Asked for and wanted, not yet placeable: counts as capacity from its expected ready time."""
        return self.desired_status is WorkerDesiredStatus.RUNNING and self.status in WORKER_STATUSES_ON_THE_WAY
