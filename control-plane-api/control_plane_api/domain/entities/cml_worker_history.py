"""What a CML worker remembers, and how each event changes it."""

from __future__ import annotations

from datetime import timedelta

from pydantic import AwareDatetime, BaseModel

from control_plane_api.domain.events import cml_worker_capacity_events as capacity_events
from control_plane_api.domain.events import cml_worker_events as events
from control_plane_api.domain.events import cml_worker_foreign_events as foreign_events
from control_plane_api.domain.events import cml_worker_host_events as host_events
from control_plane_api.domain.events.registry import StampedEvent
from lcm_core.domain.aggregate import AggregateRoot, when
from lcm_core.domain.enums import CMLWorkerStatus, LicenseType, WorkerDesiredStatus, WorkerOrigin, WorkerServiceStatus
from lcm_core.domain.fleet_care import DisruptionReason, DrainDeadlineAction
from lcm_core.domain.provisioning import (
    FailureEvidence,
    LaunchAttempt,
    LaunchOutcome,
    LicenseAction,
    LicenseRequest,
    LicenseRequestOutcome,
    ProvisioningStep,
    PurchaseOption,
)
from lcm_core.domain.read_models import ScaleUpDemand, WorkerDrift
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

LAUNCH_ATTEMPTS_KEPT = 30
"""Launches that a worker remembers; the log has all of them."""


class CMLWorkerState(BaseModel):
    """Fields of CMLWorkerReadModel, without the metrics: those are observations, not decisions, and kept apart."""

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
    ami: AmiRequirement
    ec2_instance_id: str | None = None
    ami_id: str | None = None
    ami_name: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    cml_version: str | None = None
    cost_per_hour_usd: float
    startup_seconds: int
    expected_ready_at: AwareDatetime | None = None
    demand: ScaleUpDemand | None = None
    drain_reason: str = ""
    left_for: str = ""
    """What EC2 had announced when it was last drained for that."""
    failure: str = ""
    host_loss: HostLoss | None = None
    leftover_labs: tuple[LeftoverLab, ...] = ()
    prepared_labs: tuple[PreparedLab, ...] = ()
    past_prepared_labs: tuple[str, ...] = ()
    foreign_labs: tuple[ForeignLab, ...] = ()
    silent_since: AwareDatetime | None = None
    idle_detection_enabled: bool = True
    refresh_requested_at: AwareDatetime | None = None
    labs_resync_requested_at: AwareDatetime | None = None
    health_reason: str = ""
    maintenance_at: AwareDatetime | None = None
    maintenance_reason: str = ""
    drift: tuple[WorkerDrift, ...] = ()
    created_at: AwareDatetime
    status_changed_at: AwareDatetime
    template_version: int = 0
    purchase: PurchaseOption | None = None
    launch_attempts: tuple[LaunchAttempt, ...] = ()
    provisioning_step: ProvisioningStep | None = None
    provisioning_step_at: AwareDatetime | None = None
    failure_evidence: FailureEvidence | None = None
    license_request: LicenseRequest | None = None
    license_wanted: LicenseType | None = None
    origin: WorkerOrigin = WorkerOrigin.LAUNCHED
    import_of: str | None = None
    drain_deadline_at: AwareDatetime | None = None
    drain_overrun: DrainDeadlineAction | None = None


class CMLWorkerHistory(AggregateRoot[CMLWorkerState]):
    """Applies events; decides nothing."""

    kind = "cml_worker"
    frozen_parts = True
    collection = "cml_workers"

    def allocation_of(self, session_id: str) -> CapacityAllocation | None:
        """What *session_id* holds here, promised or granted."""
        return next((each for each in self.state.allocations if each.session_id == session_id), None)

    def held_by_others(self, session_id: str) -> tuple[CapacityAllocation, ...]:
        return tuple(each for each in self.state.allocations if each.session_id != session_id)

    @property
    def foreign_ports(self) -> frozenset[int]:
        """Forwarded by labs on its host that are not ours."""
        return frozenset(port for lab in self.state.foreign_labs for port in lab.ports)

    def _enter(self, target: CMLWorkerStatus, event: StampedEvent) -> None:
        self.state.status = target
        self.state.drain_deadline_at = self.state.drain_overrun = None
        self.state.status_changed_at = event.at
        self.state.provisioning_step = self.state.provisioning_step_at = None

    def _leave_service(self, target: CMLWorkerStatus, event: StampedEvent) -> None:
        self._enter(target, event)
        self.state.service_status = WorkerServiceStatus.UNAVAILABLE
        self.state.expected_ready_at = None
        self._forget_findings()

    def _forget_findings(self) -> None:
        """What was found of a host that serves says nothing of it once it does not."""
        self.state.health_reason = ""
        self.state.maintenance_at = None
        self.state.maintenance_reason = ""
        self.state.left_for = ""
        self.state.drift = ()

    @when(events.CMLWorkerRequestedDomainEvent)
    def _requested(self, event: events.CMLWorkerRequestedDomainEvent) -> None:
        given = {name: getattr(event, name) for name in type(event).model_fields if name not in ("at", "by")}
        self.state = CMLWorkerState(
            status=CMLWorkerStatus.PENDING, created_at=event.at, status_changed_at=event.at, **given
        )
        self.state.license_wanted = event.license.type
        if event.desired_status is not WorkerDesiredStatus.RUNNING:
            self.state.expected_ready_at = None

    @when(events.CMLWorkerLaunchedDomainEvent)
    def _launched(self, event: events.CMLWorkerLaunchedDomainEvent) -> None:
        self._enter(CMLWorkerStatus.PROVISIONING, event)
        self.state.ec2_instance_id = event.ec2_instance_id
        self.state.ami_id = event.ami_id
        self.state.ami_name = event.ami_name
        self.state.private_ip = event.private_ip

        for attempt in self.state.launch_attempts:
            if attempt.number == event.attempt:
                self._keep_attempt(attempt.model_copy(update={"outcome": LaunchOutcome.LAUNCHED}))
                self.state.instance_type, self.state.purchase = attempt.instance_type, attempt.purchase

    @when(events.CMLWorkerLaunchAttemptedDomainEvent)
    def _launch_attempted(self, event: events.CMLWorkerLaunchAttemptedDomainEvent) -> None:
        self._keep_attempt(event.attempt)

    def _keep_attempt(self, attempt: LaunchAttempt) -> None:
        others = [each for each in self.state.launch_attempts if each.number != attempt.number]
        kept = sorted([*others, attempt], key=lambda each: each.number)
        self.state.launch_attempts = tuple(kept[-LAUNCH_ATTEMPTS_KEPT:])

    @when(events.CMLWorkerProvisioningProgressedDomainEvent)
    def _provisioning_progressed(self, event: events.CMLWorkerProvisioningProgressedDomainEvent) -> None:
        self.state.provisioning_step = event.step
        self.state.provisioning_step_at = event.at

    @when(events.CMLWorkerLicenseRequestedDomainEvent)
    def _license_requested(self, event: events.CMLWorkerLicenseRequestedDomainEvent) -> None:
        self.state.license_request = event.request

    @when(events.CMLWorkerLicenseSettledDomainEvent)
    def _license_settled(self, event: events.CMLWorkerLicenseSettledDomainEvent) -> None:
        self.state.license_request = event.request
        self.state.license = event.license
        if (event.request.outcome, event.request.action) == (LicenseRequestOutcome.DONE, LicenseAction.REGISTER):
            self.state.license_wanted = event.request.type

    @when(events.CMLWorkerReadyDomainEvent)
    def _ready(self, event: events.CMLWorkerReadyDomainEvent) -> None:
        self._enter(CMLWorkerStatus.RUNNING, event)
        self.state.service_status = WorkerServiceStatus.AVAILABLE
        self.state.expected_ready_at = None
        self.state.private_ip = event.private_ip
        self.state.public_ip = event.public_ip
        self.state.cml_version = event.cml_version
        self.state.license = event.license

    @when(events.CMLWorkerHealthChangedDomainEvent)
    def _health_changed(self, event: events.CMLWorkerHealthChangedDomainEvent) -> None:
        self.state.service_status = event.service_status
        self.state.license = event.license
        if event.service_status is not WorkerServiceStatus.UNAVAILABLE:
            self.state.silent_since = None
        elif self.state.silent_since is None:
            self.state.silent_since = event.at
        self.state.health_reason = event.reason

    @when(events.CMLWorkerMaintenanceChangedDomainEvent)
    def _maintenance_changed(self, event: events.CMLWorkerMaintenanceChangedDomainEvent) -> None:
        self.state.maintenance_at = event.maintenance_at
        self.state.maintenance_reason = event.reason

    @when(events.CMLWorkerDriftChangedDomainEvent)
    def _drift_changed(self, event: events.CMLWorkerDriftChangedDomainEvent) -> None:
        self.state.drift = event.drift

    @when(events.CMLWorkerDesiredStatusChangedDomainEvent)
    def _desired_status_changed(self, event: events.CMLWorkerDesiredStatusChangedDomainEvent) -> None:
        self.state.desired_status = event.desired_status
        if self.state.status is CMLWorkerStatus.PENDING and event.desired_status is WorkerDesiredStatus.RUNNING:
            self.state.expected_ready_at = event.at + timedelta(seconds=self.state.startup_seconds)

    @when(events.CMLWorkerDrainingDomainEvent)
    def _draining(self, event: events.CMLWorkerDrainingDomainEvent) -> None:
        self._enter(CMLWorkerStatus.DRAINING, event)
        self.state.drain_reason = event.reason
        self.state.drain_deadline_at = event.deadline_at
        if event.disruption is DisruptionReason.MAINTENANCE:
            self.state.left_for = event.reason

    @when(events.CMLWorkerDrainCancelledDomainEvent)
    def _drain_cancelled(self, event: events.CMLWorkerDrainCancelledDomainEvent) -> None:
        self._enter(CMLWorkerStatus.RUNNING, event)
        self.state.drain_reason = ""

    @when(events.CMLWorkerStoppingDomainEvent)
    def _stopping(self, event: events.CMLWorkerStoppingDomainEvent) -> None:
        self._leave_service(CMLWorkerStatus.STOPPING, event)

    @when(events.CMLWorkerStoppedDomainEvent)
    def _stopped(self, event: events.CMLWorkerStoppedDomainEvent) -> None:
        self._leave_service(CMLWorkerStatus.STOPPED, event)
        self.state.drain_reason = ""
        # EC2 gives the public address back with the stop and another one with the next start.
        self.state.public_ip = None

    @when(events.CMLWorkerStartingDomainEvent)
    def _starting(self, event: events.CMLWorkerStartingDomainEvent) -> None:
        self._enter(CMLWorkerStatus.STARTING, event)
        self.state.service_status = WorkerServiceStatus.UNKNOWN
        self.state.expected_ready_at = event.expected_ready_at

    @when(events.CMLWorkerTerminatingDomainEvent)
    def _terminating(self, event: events.CMLWorkerTerminatingDomainEvent) -> None:
        self._leave_service(CMLWorkerStatus.TERMINATING, event)

    @when(events.CMLWorkerTerminatedDomainEvent)
    def _terminated(self, event: events.CMLWorkerTerminatedDomainEvent) -> None:
        self._leave_service(CMLWorkerStatus.TERMINATED, event)
        self.state.leftover_labs = ()
        self.state.prepared_labs = ()
        self.state.foreign_labs = ()

    @when(events.CMLWorkerFailedDomainEvent)
    def _failed(self, event: events.CMLWorkerFailedDomainEvent) -> None:
        self._leave_service(CMLWorkerStatus.FAILED, event)
        self.state.failure = event.reason
        self.state.failure_evidence = event.evidence

    @when(capacity_events.WorkerCapacityPromisedDomainEvent)
    def _capacity_promised(self, event: capacity_events.WorkerCapacityPromisedDomainEvent) -> None:
        self.state.allocations = (*self.state.allocations, event.allocation)

    @when(capacity_events.WorkerCapacityAllocatedDomainEvent)
    def _capacity_allocated(self, event: capacity_events.WorkerCapacityAllocatedDomainEvent) -> None:
        self.state.allocations = (*self.held_by_others(event.allocation.session_id), event.allocation)

    @when(capacity_events.WorkerCapacityIntervalMovedDomainEvent)
    def _capacity_interval_moved(self, event: capacity_events.WorkerCapacityIntervalMovedDomainEvent) -> None:
        self.state.allocations = tuple(
            each.model_copy(update={"interval": event.interval}) if each.session_id == event.session_id else each
            for each in self.state.allocations
        )

    @when(foreign_events.WorkerCapacityPortsChangedDomainEvent)
    def _capacity_ports_changed(self, event: foreign_events.WorkerCapacityPortsChangedDomainEvent) -> None:
        self.state.allocations = tuple(
            each.model_copy(update={"ports": event.ports}) if each.session_id == event.session_id else each
            for each in self.state.allocations
        )

    @when(foreign_events.CMLWorkerForeignPortsObservedDomainEvent)
    def _foreign_ports_observed(self, event: foreign_events.CMLWorkerForeignPortsObservedDomainEvent) -> None:
        self.state.foreign_labs = event.labs

    @when(capacity_events.WorkerCapacityReleasedDomainEvent)
    def _capacity_released(self, event: capacity_events.WorkerCapacityReleasedDomainEvent) -> None:
        self.state.allocations = self.held_by_others(event.session_id)

    @when(capacity_events.WorkerCapacityDeclaredDomainEvent)
    def _capacity_declared(self, event: capacity_events.WorkerCapacityDeclaredDomainEvent) -> None:
        self.state.declared = event.declared

    @when(host_events.CMLWorkerHostLostDomainEvent)
    def _host_lost(self, event: host_events.CMLWorkerHostLostDomainEvent) -> None:
        self.state.service_status = WorkerServiceStatus.UNAVAILABLE
        self.state.host_loss = HostLoss(
            cause=event.cause, reason=event.reason, silent_since=event.silent_since, at=event.at
        )

    @when(host_events.CMLWorkerHostAwaitedDomainEvent)
    def _host_awaited(self, event: host_events.CMLWorkerHostAwaitedDomainEvent) -> None:
        if self.state.host_loss is not None:
            self.state.host_loss = self.state.host_loss.model_copy(update={"awaited_until": event.until})

    @when(host_events.CMLWorkerHostBackDomainEvent)
    def _host_back(self, event: host_events.CMLWorkerHostBackDomainEvent) -> None:
        del event
        self.state.host_loss = None
        self.state.silent_since = None

    @when(host_events.CMLWorkerLabLeftBehindDomainEvent)
    def _lab_left_behind(self, event: host_events.CMLWorkerLabLeftBehindDomainEvent) -> None:
        self.state.leftover_labs = (*self.state.leftover_labs, event.lab)

    @when(host_events.CMLWorkerLeftoverRemovedDomainEvent)
    def _leftover_removed(self, event: host_events.CMLWorkerLeftoverRemovedDomainEvent) -> None:
        self.state.leftover_labs = tuple(
            each for each in self.state.leftover_labs if each.session_id != event.session_id
        )

    @when(host_events.CMLWorkerIdleDetectionChangedDomainEvent)
    def _idle_detection_changed(self, event: host_events.CMLWorkerIdleDetectionChangedDomainEvent) -> None:
        self.state.idle_detection_enabled = event.enabled

    @when(host_events.CMLWorkerRefreshRequestedDomainEvent)
    def _refresh_requested(self, event: host_events.CMLWorkerRefreshRequestedDomainEvent) -> None:
        self.state.refresh_requested_at = event.at

    @when(host_events.CMLWorkerLabsResyncRequestedDomainEvent)
    def _labs_resync_requested(self, event: host_events.CMLWorkerLabsResyncRequestedDomainEvent) -> None:
        self.state.labs_resync_requested_at = event.at
