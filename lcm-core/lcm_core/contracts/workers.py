"""Requests that move a CML worker along its life cycle."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from lcm_core.contracts.base import Contract, Reason
from lcm_core.domain.enums import HostLossCause, LicenseType, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.fleet_care import DisruptionReason
from lcm_core.domain.provisioning import FailureEvidence, LaunchAttempt, LicenseAction, ProvisioningStep
from lcm_core.domain.read_models import DriftFinding, GuardAnswer, ScaleUpDemand, ScalingInput, WorkerMetrics
from lcm_core.domain.values import ForeignLab, ResourceVector, WorkerLicense

MOST_FOREIGN_LABS = 200
"""Of one host; whoever has more must not share it with learners."""


class RequestScaleUp(Contract):
    """Ask for one worker from a template; the same demand key never makes a second one while the first is alive."""

    template_name: str
    demand: ScaleUpDemand


class ScaleUpAnswer(Contract):
    worker_id: str
    created: bool


class WorkerLaunched(Contract):
    """PENDING → PROVISIONING. ``attempt`` is the number of the launch that succeeded, when it is known."""

    ec2_instance_id: str
    ami_id: str
    ami_name: str
    private_ip: str | None = None
    attempt: int | None = None


class RecordLaunchAttempts(Contract):
    """Launches begun or refused; one that is on record by its number is replaced by what is known now."""

    attempts: Annotated[tuple[LaunchAttempt, ...], Field(min_length=1, max_length=2)]


class ReportProvisioning(Contract):
    """What a worker on its way waits for from now on."""

    step: ProvisioningStep
    waiting_for: Reason = ""


class RequestLicense(Contract):
    """What is wanted of a worker's licence; ``type`` is the worker's own when unset.

    Taking it away, or exchanging it, is refused while sessions are live or imminent, unless ``force`` is set.
    """

    action: LicenseAction
    type: LicenseType | None = None
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    force: bool = False


class SettleLicense(Contract):
    """What came of the request made at ``requested_at``; ``license`` is what CML says now."""

    requested_at: AwareDatetime
    done: bool
    detail: Reason = ""
    license: WorkerLicense | None = None


class WorkerReady(Contract):
    """PROVISIONING or STARTING → RUNNING: EC2 runs, CML answers, licence holds.

    ``measured`` is what CML reports of the host; the declared capacity comes from the template.
    """

    private_ip: str
    public_ip: str | None = None
    cml_version: str
    license: WorkerLicense
    measured: ResourceVector


class WorkerStatusReport(Contract):
    """An observed life-cycle fact that needs no data: stopping, stopped, starting, terminating, terminated."""

    reason: Reason = ""


class WorkerFailed(Contract):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    evidence: FailureEvidence | None = None


class ReportWorkerHealth(Contract):
    """Liveness of CML on the host and its licence; recorded only when something changed."""

    service_status: WorkerServiceStatus
    license: WorkerLicense | None = None
    reason: Reason = ""


class ReportHostLost(Contract):
    """Nothing on the host can be reached; ``silent_since`` is when it was last known to be well."""

    cause: HostLossCause
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    silent_since: AwareDatetime


class ReportHostLeaving(Contract):
    """EC2 has announced that it takes the instance away, or stops it; the reason says when."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class LeftoverRemoved(Contract):
    """The lab that a session left behind on the worker is proven gone."""

    session_id: str
    proof: Annotated[str, Field(min_length=1, max_length=2000)]


class ReportWorkerMetrics(Contract):
    metrics: WorkerMetrics
    last_activity_at: AwareDatetime | None = None


class MaintenanceFinding(Contract):
    """What AWS has planned for the instance next; ``at`` is null when nothing is planned."""

    at: AwareDatetime | None
    reason: Reason = ""


class ReportWorkerFindings(Contract):
    """What was found out about a serving worker; null where it was not looked at. Recorded only when it changed."""

    drift: tuple[DriftFinding, ...] | None = Field(default=None, max_length=20)
    maintenance: MaintenanceFinding | None = None


class ReportForeignLabs(Contract):
    """All labs on the host that no record stands for and that forward ports; recorded only when they changed."""

    labs: tuple[ForeignLab, ...] = Field(default=(), max_length=MOST_FOREIGN_LABS)


class DrainWorker(Contract):
    """RUNNING → DRAINING, desired STOPPED.

    Refused while sessions are live or begin within the look-ahead, unless ``force`` is set by an operator.
    """

    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    force: bool = False


class SetDesiredStatus(Contract):
    desired_status: WorkerDesiredStatus
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    force: bool = False


class AllocateCapacity(Contract):
    """Hold capacity for a session on a worker without moving the session; ports are chosen by the worker."""

    session_id: str


class ReleaseCapacity(Contract):
    session_id: str
    reason: Reason = ""


class RetireWorker(Contract):
    """Take a worker out of service because nobody needs it: a running one is drained, a stopped one removed.

    Refused when bookings, minima, budgets or windows say no at that moment. ``answers`` and ``inputs`` are what it was
    decided on.
    """

    disruption: DisruptionReason
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    look_ahead_seconds: Annotated[float, Field(ge=0, le=604_800)] = 0
    answers: Annotated[tuple[GuardAnswer, ...], Field(max_length=40)] = ()
    inputs: Annotated[dict[str, ScalingInput], Field(default_factory=dict[str, ScalingInput], max_length=60)]


class AdoptWorker(Contract):
    """An instance that exists becomes a worker: the one with ``worker_id``, or a new one from ``template_name``."""

    worker_id: str | None = None
    template_name: Annotated[str, Field(min_length=1, max_length=100)]
    region: Annotated[str, Field(min_length=1, max_length=40)]
    ec2_instance_id: Annotated[str, Field(pattern=r"^i-[0-9a-f]{1,32}$")]
    instance_type: Annotated[str, Field(max_length=60)]
    ami_id: Annotated[str, Field(max_length=60)]
    ami_name: Annotated[str, Field(max_length=256)]
    private_ip: str | None = None
    stopped: bool = False
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class ImportWorker(Contract):
    """An operator wants an instance that exists to serve, as what its template says."""

    region: Annotated[str, Field(min_length=1, max_length=40, examples=["us-east-1"])]
    ec2_instance_id: Annotated[str, Field(pattern=r"^i-[0-9a-f]{1,32}$", examples=["i-0123456789abcdef0"])]
    template_name: Annotated[str, Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
