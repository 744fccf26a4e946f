"""Puts together what a session needs in each of its states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lablet_controller.application.hosted_services.phases.collecting import CollectingPhase
from lablet_controller.application.hosted_services.phases.grading import GradingCourse, GradingPhase, RegradingPhase
from lablet_controller.application.hosted_services.phases.host_recovery import HostRecovery
from lablet_controller.application.hosted_services.phases.instantiating import InstantiatingPhase
from lablet_controller.application.hosted_services.phases.leaving import (
    ArchivedPhase,
    Overdue,
    StoppedPhase,
    StoppingPhase,
)
from lablet_controller.application.hosted_services.phases.pending import PendingPhase
from lablet_controller.application.hosted_services.phases.phase import Phase, Stopping
from lablet_controller.application.hosted_services.phases.ready import ReadyPhase
from lablet_controller.application.hosted_services.phases.running import RunningPhase
from lablet_controller.application.hosted_services.phases.scheduled import ScheduledPhase
from lablet_controller.application.ports.cml_labs import CmlLabs
from lablet_controller.application.ports.consoles import Consoles
from lablet_controller.application.ports.evidence_store import EvidenceStore
from lablet_controller.application.ports.grading import Grading
from lablet_controller.application.ports.lds import Lds
from lablet_controller.application.services.assessment import Assessment, AssessmentPolicy
from lablet_controller.application.services.collection_service import CollectionPolicy, CollectionService
from lablet_controller.application.services.content_store import ContentStore, PackageCache
from lablet_controller.application.services.delivery_watch import DeliveryWatch
from lablet_controller.application.services.evidence_keeping import EvidenceKeeper
from lablet_controller.application.services.instantiation import Instantiation, InstantiationPolicy
from lablet_controller.application.services.interruptions import Interruptions
from lablet_controller.application.services.lab_observation import LabObservation
from lablet_controller.application.services.node_observation import NodeObservation
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lablet_controller.application.services.teardown import Teardown
from lablet_controller.application.services.topology_rewriter import TopologyRewriter
from lcm_core.clock import Clock
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.sealing import Vault


@dataclass(frozen=True, slots=True)
class FarEnds:
    """The systems that sessions are made of; *grading* and *evidence* are None where none is configured.

    *packages* outlive the process; None without a disk for them. *vault* opens the passwords of devices.
    """

    labs: CmlLabs
    consoles: Consoles
    lds: Lds
    grading: Grading | None
    packages: PackageCache | None = None
    vault: Vault = field(default_factory=lambda: Vault(()))
    evidence: EvidenceStore | None = None


@dataclass(frozen=True, slots=True)
class SessionPolicy:
    """Deadlines and intervals of all phases, in seconds."""

    instantiation: InstantiationPolicy = field(default_factory=InstantiationPolicy)
    collection: CollectionPolicy = field(default_factory=CollectionPolicy)
    assessment: AssessmentPolicy = field(default_factory=AssessmentPolicy)
    lds_look_seconds: float = 60
    teardown_seconds: float = 900
    grading_deadline_seconds: float = 900
    grading_review_deadline_seconds: float = 3600
    grading_first_look_seconds: float = 5


def session_phases(
    control_plane: ControlPlaneApiClient,
    far: FarEnds,
    clock: Clock,
    policy: SessionPolicy,
    interruptions: Interruptions | None = None,
) -> Mapping[LabletSessionStatus, Phase]:
    """One phase for every state; that of TERMINATED grades sessions again that were graded before, in any state."""
    contents = ContentStore(control_plane.definitions, cache=far.packages)
    runner = PipelineRunner(control_plane.sessions, clock, interruptions)
    stopping = Stopping(control_plane)
    nodes = NodeObservation(control_plane, far.labs, clock)
    recovery = HostRecovery(control_plane, stopping, far.labs, nodes, clock)
    delivery = DeliveryWatch(control_plane, far.lds, clock)
    instantiation = Instantiation(
        control_plane,
        contents,
        TopologyRewriter(),
        far.labs,
        far.consoles,
        far.lds,
        nodes,
        policy.instantiation,
        far.vault,
    )
    collection = CollectionService(far.labs, far.consoles, clock, policy.collection)
    assessment = Assessment(
        control_plane,
        contents,
        collection,
        EvidenceKeeper(far.evidence),
        far.grading,
        LabObservation(far.labs, clock),
        clock,
        policy.assessment,
    )
    teardown = Teardown(control_plane, far.labs, far.lds)
    course = GradingCourse(
        control_plane,
        runner,
        assessment,
        far.grading,
        clock,
        deadline_seconds=policy.grading_deadline_seconds,
        review_deadline_seconds=policy.grading_review_deadline_seconds,
        first_look_seconds=policy.grading_first_look_seconds,
    )
    overdue = Overdue(clock, policy.teardown_seconds)
    look = policy.lds_look_seconds
    status = LabletSessionStatus
    return {
        status.PENDING: PendingPhase(stopping),
        status.SCHEDULED: ScheduledPhase(control_plane, stopping),
        status.INSTANTIATING: InstantiatingPhase(stopping, runner, instantiation, recovery),
        status.READY: ReadyPhase(stopping, recovery, delivery, clock, look_seconds=look),
        status.RUNNING: RunningPhase(stopping, recovery, delivery, clock, look_seconds=look),
        status.COLLECTING: CollectingPhase(stopping, recovery, runner, assessment),
        status.GRADING: GradingPhase(stopping, course),
        status.STOPPING: StoppingPhase(control_plane, runner, teardown, overdue),
        status.STOPPED: StoppedPhase(runner, teardown, overdue),
        status.ARCHIVED: ArchivedPhase(control_plane),
        status.TERMINATED: RegradingPhase(course),
    }
