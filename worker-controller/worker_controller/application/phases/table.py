"""Which phase handles which status."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.clock import Clock
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from worker_controller.application.phases.launch import LaunchPhase
from worker_controller.application.phases.licence_requests import WithLicenceRequests
from worker_controller.application.phases.observe import CpuLookup, WorkerObserver
from worker_controller.application.phases.phase import Phase
from worker_controller.application.phases.readiness import ReadinessPhase
from worker_controller.application.phases.serving import DrainPhase, RunningPhase
from worker_controller.application.phases.stop import RestingPhase, StopPhase
from worker_controller.application.phases.terminate import FailedPhase, InstanceRemover, TerminatePhase
from worker_controller.application.ports import CloudMetricsPort, CmlHosts, Ec2Port
from worker_controller.application.services.cloud_cpu import cloud_cpu_lookup
from worker_controller.application.services.evidence import EvidenceCollector
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.launcher import Launcher
from worker_controller.application.services.licence_desk import LicenceDesk
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.vitals import VitalsBook
from worker_controller.domain.observing import ObservingPolicy
from worker_controller.domain.pace import TransitionPace
from worker_controller.domain.provisioning import StepDeadlines


@dataclass(frozen=True, slots=True)
class FarEnds:
    ec2: Ec2Port
    hosts: CmlHosts
    cloud_metrics: CloudMetricsPort


@dataclass(frozen=True, slots=True)
class PhasePolicy:
    """Times in seconds; what each means is said in the settings."""

    pace: TransitionPace
    observing: ObservingPolicy
    launch_give_up: float
    readiness_factor: float
    readiness_least: float
    drain_warn: float
    resting_look: float
    failed_keep: float
    licence_release: float
    launch_round: float = 60
    ec2_running: float = 600
    licence_deadline: float = 600
    ec2_visible: float = 60
    fleet: str = "lcm"


def worker_phases(
    client: ControlPlaneApiClient, far: FarEnds, licences: LicenceKeeper, policy: PhasePolicy, clock: Clock
) -> dict[CMLWorkerStatus, Phase]:
    """A phase for every status in which something can be done."""
    reports, instances, vitals = WorkerReports(client.workers), Instances(far.ec2), VitalsBook()
    cloud_cpu: CpuLookup = cloud_cpu_lookup(far.cloud_metrics)
    observer = WorkerObserver(
        client.workers, instances, far.hosts, cloud_cpu, reports, vitals, clock=clock, policy=policy.observing
    )
    remover = InstanceRemover(
        far.ec2,
        instances,
        far.hosts,
        clock=clock,
        licence_seconds=policy.licence_release,
        visible_seconds=policy.ec2_visible,
    )
    readiness = ReadinessPhase(
        far.ec2,
        instances,
        far.hosts,
        licences,
        reports,
        EvidenceCollector(far.ec2),
        clock=clock,
        pace=policy.pace,
        deadlines=StepDeadlines(
            ec2_seconds=policy.ec2_running,
            license_seconds=policy.licence_deadline,
            cml_factor=policy.readiness_factor,
            cml_least_seconds=policy.readiness_least,
        ),
        visible_seconds=policy.ec2_visible,
    )
    launcher = Launcher(
        far.ec2,
        client.templates,
        client.workers,
        fleet=policy.fleet,
        clock=clock,
        round_seconds=policy.launch_round,
    )
    desk = LicenceDesk(
        far.hosts,
        licences,
        reports,
        clock=clock,
        pace=policy.pace,
        deadline_seconds=policy.licence_deadline,
    )
    draining = DrainPhase(observer, reports, clock=clock, warn_after_seconds=policy.drain_warn)
    return {
        CMLWorkerStatus.PENDING: LaunchPhase(
            far.ec2,
            launcher,
            reports,
            clock=clock,
            pace=policy.pace,
            give_up_seconds=policy.launch_give_up,
            visible_seconds=policy.ec2_visible,
        ),
        CMLWorkerStatus.PROVISIONING: readiness,
        CMLWorkerStatus.STARTING: readiness,
        CMLWorkerStatus.RUNNING: WithLicenceRequests(RunningPhase(observer, reports), desk),
        CMLWorkerStatus.DRAINING: WithLicenceRequests(draining, desk),
        CMLWorkerStatus.STOPPING: StopPhase(
            far.ec2, instances, far.hosts, reports, vitals, clock=clock, pace=policy.pace
        ),
        CMLWorkerStatus.STOPPED: RestingPhase(far.ec2, instances, reports, look_again_seconds=policy.resting_look),
        CMLWorkerStatus.TERMINATING: TerminatePhase(remover, licences, reports, vitals, clock=clock, pace=policy.pace),
        CMLWorkerStatus.FAILED: FailedPhase(
            remover, reports, clock=clock, pace=policy.pace, keep_seconds=policy.failed_keep
        ),
    }
