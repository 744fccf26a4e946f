"""Which phase handles which status."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.clock import Clock
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from worker_controller.application.phases.drain import DrainPhase
from worker_controller.application.phases.failed import FailedPhase
from worker_controller.application.phases.host_watch import HostWatch
from worker_controller.application.phases.imports import ImportPhase
from worker_controller.application.phases.launch import LaunchPhase
from worker_controller.application.phases.licence_requests import WithLicenceRequests
from worker_controller.application.phases.observe import WorkerObserver
from worker_controller.application.phases.phase import Phase
from worker_controller.application.phases.readiness import ReadinessPhase
from worker_controller.application.phases.resting import RestingPhase
from worker_controller.application.phases.running import RunningPhase
from worker_controller.application.phases.stop import StopPhase
from worker_controller.application.phases.terminate import TerminatePhase
from worker_controller.application.ports import CmlHosts, Ec2Port, InstanceTagsPort
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.evidence import EvidenceCollector
from worker_controller.application.services.host_follower import HostFollower
from worker_controller.application.services.instance_remover import InstanceRemover
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.launcher import Launcher
from worker_controller.application.services.licence_desk import LicenceDesk
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.measuring import Measuring
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.spot_reclaims import reclaim_lookup
from worker_controller.application.services.vitals import VitalsBook
from worker_controller.domain.observing import ObservingPolicy
from worker_controller.domain.pace import TransitionPace
from worker_controller.domain.provisioning import StepDeadlines


@dataclass(frozen=True, slots=True)
class FarEnds:
    """What is asked, and what tells by itself: *cloud* is filled by its own sweep, *follower* wakes workers."""

    ec2: Ec2Port
    tags: InstanceTagsPort
    hosts: CmlHosts
    cloud: CloudBook
    follower: HostFollower


@dataclass(frozen=True, slots=True)
class PhasePolicy:
    """Times in seconds; what each means is said in the settings."""

    pace: TransitionPace
    observing: ObservingPolicy
    launch_give_up: float
    readiness_factor: float
    readiness_least: float
    drain_warn: float
    stop_force: float
    resting_look: float
    failed_keep: float
    licence_release: float
    lookup_distance: float = 0.0
    launch_round: float = 60
    ec2_running: float = 600
    licence_deadline: float = 600
    ec2_visible: float = 60
    fleet: str = "lcm"


def worker_phases(
    client: ControlPlaneApiClient, far: FarEnds, licences: LicenceKeeper, policy: PhasePolicy, clock: Clock
) -> dict[CMLWorkerStatus, Phase]:
    """A phase for every status in which something can be done."""
    reports, vitals = WorkerReports(client.workers), VitalsBook(on_forget=far.follower.forget)
    instances = Instances(
        far.ec2,
        distance_seconds=policy.lookup_distance,
        glance_seconds=policy.observing.instances_seconds,
        clock=clock,
    )
    observer = _observer(client, far, instances, reports, vitals, policy.observing, clock)
    remover = InstanceRemover(
        far.ec2,
        far.tags,
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
    launching = LaunchPhase(
        far.ec2,
        launcher,
        reports,
        clock=clock,
        pace=policy.pace,
        give_up_seconds=policy.launch_give_up,
        visible_seconds=policy.ec2_visible,
    )
    draining = DrainPhase(observer, client.workers, reports, clock=clock, warn_after_seconds=policy.drain_warn)
    return {
        CMLWorkerStatus.PENDING: ImportPhase(
            launching, client, far.ec2, far.tags, reports, clock=clock, pace=policy.pace
        ),
        CMLWorkerStatus.PROVISIONING: readiness,
        CMLWorkerStatus.STARTING: readiness,
        CMLWorkerStatus.RUNNING: WithLicenceRequests(RunningPhase(observer, reports), desk),
        CMLWorkerStatus.DRAINING: WithLicenceRequests(draining, desk),
        CMLWorkerStatus.STOPPING: StopPhase(
            far.ec2,
            instances,
            far.hosts,
            reports,
            vitals,
            clock=clock,
            pace=policy.pace,
            force_seconds=policy.stop_force,
        ),
        CMLWorkerStatus.STOPPED: RestingPhase(far.ec2, instances, reports, look_again_seconds=policy.resting_look),
        CMLWorkerStatus.TERMINATING: TerminatePhase(remover, licences, reports, vitals, clock=clock, pace=policy.pace),
        CMLWorkerStatus.FAILED: FailedPhase(
            remover, reports, vitals, clock=clock, pace=policy.pace, keep_seconds=policy.failed_keep
        ),
    }


def _observer(
    client: ControlPlaneApiClient,
    far: FarEnds,
    instances: Instances,
    reports: WorkerReports,
    vitals: VitalsBook,
    policy: ObservingPolicy,
    clock: Clock,
) -> WorkerObserver:
    far.follower.on_wake(vitals.note_change)
    host_watch = HostWatch(reclaim_lookup(far.ec2), far.cloud, reports, vitals, clock=clock, policy=policy)
    measuring = Measuring(client.workers, client.sessions, far.cloud, vitals, clock=clock, policy=policy)
    return WorkerObserver(
        client.workers,
        instances,
        far.hosts,
        far.cloud,
        measuring,
        host_watch,
        reports,
        vitals,
        far.follower,
        clock=clock,
        policy=policy,
    )
