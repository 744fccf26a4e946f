"""EC2, CML and the record of workers reduced to dictionaries, so that the life-cycle logic can be seen alone.

``crashes`` makes calls fail before or after their effect, as if the service had been killed at that line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import (
    AdoptWorker,
    RecordLaunchAttempts,
    ReportHostLeaving,
    ReportHostLost,
    ReportProvisioning,
    ReportWorkerFindings,
    ReportWorkerHealth,
    ReportWorkerMetrics,
    RetireWorker,
    ScaleUpAnswer,
    SettleLicense,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.domain.enums import CMLWorkerStatus, LicenseType, WorkerDesiredStatus, WorkerOrigin, WorkerServiceStatus
from lcm_core.domain.errors import FarEndError, IllegalTransition, NotFound, RuleViolation
from lcm_core.domain.fleet_care import DisruptionReason
from lcm_core.domain.provisioning import LicenseRequestOutcome, RegionNetwork
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerDrift, WorkerTemplateReadModel
from lcm_core.domain.transitions import CML_WORKER_VALID_TRANSITIONS
from lcm_core.domain.values import AmiRequirement, HostLoss, PortRange, ResourceVector, WorkerLicense
from lcm_core.testing.manual_clock import ManualClock
from worker_controller.application.hosted_services.worker_reconciler import WorkerReconciler
from worker_controller.application.phases.table import FarEnds, PhasePolicy, worker_phases
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.host_follower import HostFollower
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.domain.cloud import UNKNOWN_STATUS, InstanceStatus
from worker_controller.domain.cml_system import CmlInformation, CmlLicensing, CmlStats, Space
from worker_controller.domain.ec2 import Ec2Instance, Ec2State, LaunchNetwork, LaunchOrder, MachineImage
from worker_controller.domain.host_change import NoEventStream
from worker_controller.domain.observing import ObservingPolicy
from worker_controller.domain.pace import TransitionPace
from worker_controller.testing.memory_care import MemoryCare

PASSING = frozenset({"InsufficientInstanceCapacity", "RequestLimitExceeded"})
NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
GB = 1024.0**3


class Crashes:
    """Each entry is for one call to the outside: None goes through, "before" and "after" fail around the effect."""

    def __init__(self) -> None:
        self.plan: Iterator[str | None] = iter(())

    def before(self) -> str | None:
        crash = next(self.plan, None)
        if crash == "before":
            raise FarEndError("somewhere", "killed before it was done", retryable=True)
        return crash

    @staticmethod
    def after(crash: str | None) -> None:
        if crash == "after":
            raise FarEndError("somewhere", "killed after it was done", retryable=True)


@dataclass
class Record:
    """Workers as control-plane-api keeps them: only legal transitions, repeated reports change nothing."""

    world: World
    rows: dict[str, CMLWorkerReadModel] = field(default_factory=dict)
    health: list[ReportWorkerHealth] = field(default_factory=list)
    metrics: list[ReportWorkerMetrics] = field(default_factory=list)
    leaving: list[str] = field(default_factory=list)
    findings: list[ReportWorkerFindings] = field(default_factory=list)
    retired: list[tuple[str, DisruptionReason, str]] = field(default_factory=list)
    refusal: Exception | None = None

    async def list(self, statuses: Iterable[CMLWorkerStatus] = ()) -> list[CMLWorkerReadModel]:
        return [row for row in self.rows.values() if row.status is not CMLWorkerStatus.TERMINATED]

    async def get(self, worker_id: str) -> CMLWorkerReadModel:
        if worker_id not in self.rows:
            raise NotFound("worker", worker_id)
        return self.rows[worker_id]

    def change(self, worker_id: str, **update: Any) -> None:
        row = self.rows[worker_id]
        stamped = {"version": row.version + 1, "updated_at": self.world.clock.now()}
        self.rows[worker_id] = row.model_copy(update={**stamped, **update})

    def _move(self, worker_id: str, target: CMLWorkerStatus, **update: Any) -> Applied:
        crash = self.world.crashes.before()
        source = self.rows[worker_id].status
        if source is not target:
            if target not in CML_WORKER_VALID_TRANSITIONS[source]:
                raise IllegalTransition("worker", worker_id, source.value, target.value)
            on_the_way = {"provisioning_step": None, "provisioning_step_at": None}
            moved = {"status": target, "status_changed_at": self.world.clock.now(), **on_the_way}
            self.change(worker_id, **moved, **update)
        self.world.crashes.after(crash)
        return Applied(applied=source is not target)

    async def launched(self, worker_id: str, body: WorkerLaunched) -> Applied:
        return self._move(
            worker_id,
            CMLWorkerStatus.PROVISIONING,
            ec2_instance_id=body.ec2_instance_id,
            ami_name=body.ami_name,
            private_ip=body.private_ip,
        )

    async def ready(self, worker_id: str, body: WorkerReady) -> Applied:
        return self._move(
            worker_id,
            CMLWorkerStatus.RUNNING,
            private_ip=body.private_ip,
            license=body.license,
            service_status=WorkerServiceStatus.AVAILABLE,
        )

    async def failed(self, worker_id: str, body: WorkerFailed) -> Applied:
        loss = self.rows[worker_id].host_loss
        if loss is not None and loss.awaited_until is not None and self.world.clock.now() < loss.awaited_until:
            raise RuleViolation("it is waited for by a session", code="host-awaited")
        return self._move(worker_id, CMLWorkerStatus.FAILED, failure=body.reason, failure_evidence=body.evidence)

    async def record_launch_attempts(self, worker_id: str, body: RecordLaunchAttempts) -> Applied:
        crash = self.world.crashes.before()
        known = {each.number: each for each in self.rows[worker_id].launch_attempts}
        known.update({each.number: each for each in body.attempts})
        self.change(worker_id, launch_attempts=tuple(known[number] for number in sorted(known)))
        self.world.crashes.after(crash)
        return Applied(applied=True)

    async def report_provisioning(self, worker_id: str, body: ReportProvisioning) -> Applied:
        crash = self.world.crashes.before()
        self.change(worker_id, provisioning_step=body.step, provisioning_step_at=self.world.clock.now())
        self.world.crashes.after(crash)
        return Applied(applied=True)

    async def settle_license(self, worker_id: str, body: SettleLicense) -> Applied:
        request = self.rows[worker_id].license_request
        assert request is not None
        outcome = LicenseRequestOutcome.DONE if body.done else LicenseRequestOutcome.FAILED
        settled = request.model_copy(update={"outcome": outcome, "detail": body.detail})
        self.change(worker_id, license_request=settled, license=body.license)
        return Applied(applied=True)

    async def starting(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return self._move(worker_id, CMLWorkerStatus.STARTING)

    async def stopping(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return self._move(worker_id, CMLWorkerStatus.STOPPING)

    async def stopped(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return self._move(worker_id, CMLWorkerStatus.STOPPED)

    async def terminating(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return self._move(worker_id, CMLWorkerStatus.TERMINATING)

    async def terminated(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return self._move(worker_id, CMLWorkerStatus.TERMINATED)

    async def cancel_drain(self, worker_id: str) -> Applied:
        return self._move(worker_id, CMLWorkerStatus.RUNNING)

    async def retire(self, worker_id: str, body: RetireWorker) -> Applied:
        if self.refusal is not None:
            raise self.refusal
        self.retired.append((worker_id, body.disruption, body.reason))
        if self.rows[worker_id].status is CMLWorkerStatus.STOPPED:
            self.change(worker_id, desired_status=WorkerDesiredStatus.TERMINATED)
            return Applied(applied=True)
        return self._move(worker_id, CMLWorkerStatus.DRAINING, desired_status=WorkerDesiredStatus.STOPPED)

    async def pass_drain_deadline(self, worker_id: str) -> Applied:
        action, row = self.world.care.terms.drain_deadline, self.rows[worker_id]
        changed = row.drain_overrun is not action
        self.change(worker_id, drain_overrun=action)
        return Applied(applied=changed)

    async def adopt(self, body: AdoptWorker) -> ScaleUpAnswer:
        crash = self.world.crashes.before()
        if self.refusal is not None:
            raise self.refusal
        known = next((row for row in self.rows.values() if row.ec2_instance_id == body.ec2_instance_id), None)
        if known is None and body.worker_id is None:
            self.world.add_worker(f"w-{body.ec2_instance_id}", origin=WorkerOrigin.ADOPTED)
        worker_id = known.id if known is not None else body.worker_id or f"w-{body.ec2_instance_id}"
        if known is None:
            status = CMLWorkerStatus.STOPPED if body.stopped else CMLWorkerStatus.PROVISIONING
            self._place(worker_id, status, ec2_instance_id=body.ec2_instance_id, private_ip=body.private_ip)
        self.world.crashes.after(crash)
        return ScaleUpAnswer(worker_id=worker_id, created=known is None)

    def _place(self, worker_id: str, status: CMLWorkerStatus, **update: Any) -> None:
        self.change(worker_id, status=status, status_changed_at=self.world.clock.now(), **update)

    async def host_lost(self, worker_id: str, body: ReportHostLost) -> Applied:
        crash = self.world.crashes.before()
        row = self.rows[worker_id]
        serves = row.status in (CMLWorkerStatus.RUNNING, CMLWorkerStatus.DRAINING)
        applied = serves and row.host_loss is None
        if applied:
            loss = HostLoss(
                cause=body.cause, reason=body.reason, silent_since=body.silent_since, at=self.world.clock.now()
            )
            self.change(worker_id, host_loss=loss, service_status=WorkerServiceStatus.UNAVAILABLE)
        self.world.crashes.after(crash)
        return Applied(applied=applied)

    async def host_leaving(self, worker_id: str, body: ReportHostLeaving) -> Applied:
        self.leaving.append(body.reason)
        return self._move(
            worker_id, CMLWorkerStatus.DRAINING, desired_status=WorkerDesiredStatus.STOPPED, left_for=body.reason
        )

    async def report_health(self, worker_id: str, body: ReportWorkerHealth) -> Applied:
        self.health.append(body)
        if body.service_status is WorkerServiceStatus.AVAILABLE:
            self.change(worker_id, host_loss=None, silent_since=None)
        elif self.rows[worker_id].silent_since is None:
            self.change(worker_id, silent_since=self.world.clock.now())
        self.change(
            worker_id,
            service_status=body.service_status,
            license=body.license or self.rows[worker_id].license,
        )
        return Applied(applied=True)

    async def report_findings(self, worker_id: str, body: ReportWorkerFindings) -> Applied:
        self.findings.append(body)
        now = self.world.clock.now()
        if body.drift is not None:
            drift = tuple(WorkerDrift(**each.model_dump(), since=now) for each in body.drift)
            self.change(worker_id, drift=drift)
        if body.maintenance is not None:
            self.change(worker_id, maintenance_at=body.maintenance.at, maintenance_reason=body.maintenance.reason)
        return Applied(applied=True)

    async def report_metrics(self, worker_id: str, body: ReportWorkerMetrics) -> Applied:
        self.metrics.append(body)
        return Applied(applied=True)


@dataclass
class Ec2:
    """Transitions take no time."""

    world: World
    rows: dict[str, Ec2Instance] = field(default_factory=dict)
    images: list[str] = field(default_factory=lambda: ["CML-2.9.1"])
    launches: int = 0
    instance_status: InstanceStatus = UNKNOWN_STATUS
    reclaim: str = ""
    reclaim_calls: int = 0
    guest_hangs: bool = False
    networks: tuple[LaunchNetwork, ...] = (LaunchNetwork("subnet-1", ("sg-1",), "us-east-1a"),)
    orders: list[LaunchOrder] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    """Code of the refusal by subnet, instance type or purchase option."""
    console: str = "login: "

    async def newest_image(self, region: str, wanted: AmiRequirement) -> MachineImage:
        if not self.images:
            raise FarEndError("ec2", f"There is no image {wanted.name_pattern}.", retryable=False, code="no-image")
        return MachineImage("ami-1", self.images[-1], "/dev/sda1")

    async def launch_networks(self, region: str, named: RegionNetwork) -> tuple[LaunchNetwork, ...]:
        return self.networks

    async def console_output(self, region: str, instance_id: str) -> str:
        return self.console

    async def launch(self, region: str, order: LaunchOrder) -> Ec2Instance:
        crash = self.world.crashes.before()
        self.orders.append(order)
        already = self._of(order.worker_id)
        if already is None:
            self._refuse(order)
            self.launches += 1
            number = self.launches
            already = Ec2Instance(
                f"i-{number}", region, Ec2State.RUNNING, "ami-1", order.worker_id, f"127.10.0.{number + 3}"
            )
            self.rows[already.id] = already
        self.world.crashes.after(crash)
        return already

    def _refuse(self, order: LaunchOrder) -> None:
        for key in (order.network.subnet_id, order.instance_type, order.purchase.value):
            code = self.refusals.get(key)
            if code is not None:
                raise FarEndError("ec2", f"{code}: no {key}", retryable=code in PASSING, facts={"aws_code": code})

    async def find_by_worker(self, region: str, worker_id: str) -> list[Ec2Instance]:
        found = self._of(worker_id)
        return [found] if found is not None else []

    async def describe(self, region: str, instance_ids: Iterable[str]) -> dict[str, Ec2Instance]:
        return {each: self.rows[each] for each in instance_ids if each in self.rows}

    async def reclaims(self, region: str, instance_ids: Iterable[str]) -> dict[str, str]:
        self.reclaim_calls += 1
        return {each: self.reclaim for each in instance_ids if each in self.rows and self.reclaim}

    async def managed(self, region: str) -> list[Ec2Instance]:
        if region in self.unseen_regions:
            raise FarEndError("ec2", f"{region} does not answer", retryable=True)
        return [row for row in self.rows.values() if row.region == region and row.state is not Ec2State.TERMINATED]

    fleet = "lcm"
    image_names: dict[str, str] = field(default_factory=lambda: {"ami-1": "CML-2.9.1", "ami": "CML-2.9.1"})
    unseen_regions: set[str] = field(default_factory=set)

    async def image(self, region: str, image_id: str) -> MachineImage | None:
        name = self.image_names.get(image_id)
        return MachineImage(image_id, name) if name is not None else None

    async def claim(self, region: str, instance_id: str, worker_id: str, template_name: str) -> None:
        crash = self.world.crashes.before()
        marked = {"worker_id": worker_id, "template_name": template_name, "fleet": self.fleet, "released": ""}
        self.rows[instance_id] = replace(self.rows[instance_id], **marked)
        self.world.crashes.after(crash)

    async def release(self, region: str, instance_id: str, why: str) -> None:
        crash = self.world.crashes.before()
        self.rows[instance_id] = replace(self.rows[instance_id], worker_id=None, released=why)
        self.world.crashes.after(crash)

    async def start(self, region: str, instance_id: str) -> None:
        self._become(instance_id, Ec2State.RUNNING)

    async def stop(self, region: str, instance_id: str, *, force: bool = False) -> None:
        if self.guest_hangs and not force:
            self._become(instance_id, Ec2State.STOPPING)
            return
        self._become(instance_id, Ec2State.STOPPED)

    async def terminate(self, region: str, instance_id: str) -> None:
        self._become(instance_id, Ec2State.TERMINATED)

    def _become(self, instance_id: str, state: Ec2State) -> None:
        crash = self.world.crashes.before()
        self.rows[instance_id] = replace(self.rows[instance_id], state=state)
        self.world.crashes.after(crash)

    def _of(self, worker_id: str) -> Ec2Instance | None:
        alive = (row for row in self.rows.values() if row.state is not Ec2State.TERMINATED)
        return next((row for row in alive if row.worker_id == worker_id), None)

    @property
    def alive(self) -> list[Ec2Instance]:
        return [row for row in self.rows.values() if row.state is not Ec2State.TERMINATED]


def idle_stats() -> CmlStats:
    return CmlStats(48, 12.5, Space(64 * GB, 192 * GB), Space(100 * GB, 500 * GB), 0)


@dataclass
class Cml:
    """One host for all addresses; registration takes one look."""

    world: World
    answers: bool = True
    hangs: bool = False
    ready: bool = True
    registration: str = "NOT_REGISTERED"
    product: str = "CML_Enterprise"
    accepts_tokens: bool = True
    registrations: int = 0
    deregistrations: int = 0
    activity: datetime | None = None
    version: str = "2.9.1+build.7"
    host_stats: CmlStats = field(default_factory=idle_stats)
    lab_ids: frozenset[str] = frozenset()
    forgotten: list[str] = field(default_factory=list)

    def at(self, address: str) -> Cml:
        return self

    async def forget(self, address: str) -> None:
        self.forgotten.append(address)

    def _answer(self) -> None:
        if not self.answers:
            raise FarEndError("cml", "CML cannot be reached: refused", retryable=True)

    async def information(self) -> CmlInformation:
        if self.hangs:
            await asyncio.Event().wait()
        self._answer()
        return CmlInformation(self.version, self.ready)

    async def stats(self) -> CmlStats:
        self._answer()
        return self.host_stats

    async def labs(self) -> frozenset[str]:
        self._answer()
        return self.lab_ids

    async def last_activity(self) -> datetime | None:
        return self.activity

    async def take_over(self, instance_id: str) -> bool:
        self._answer()
        return False

    async def licensing(self) -> CmlLicensing:
        self._answer()
        seen = self.registration
        if seen == "IN_PROGRESS":
            self.registration = "COMPLETED" if self.accepts_tokens else "FAILED"
        return CmlLicensing(seen, "IN_COMPLIANCE" if seen == "COMPLETED" else "INIT", self.product)

    async def set_product(self, kind: LicenseType) -> None:
        self.product = "CML_Personal" if kind is LicenseType.PERSONAL else "CML_Enterprise"

    async def register(self, token: str) -> None:
        crash = self.world.crashes.before()
        self.registrations += 1
        self.registration = "IN_PROGRESS"
        self.world.crashes.after(crash)

    async def deregister(self) -> None:
        self._answer()
        crash = self.world.crashes.before()
        self.deregistrations += 1
        self.registration = "NOT_REGISTERED"
        self.world.crashes.after(crash)


@dataclass
class Sessions:
    """Ids of the labs that live sessions have."""

    lab_ids: list[str] = field(default_factory=list)
    asked: int = 0

    async def list(self, *_: Any, worker_id: str | None = None) -> list[LabletSessionReadModel]:
        self.asked += 1
        return [LabletSessionReadModel.model_construct(cml_lab_id=lab_id) for lab_id in self.lab_ids]


class SilentHosts:
    """Hosts that tell nothing by themselves."""

    def open(self, address: str) -> Any:
        raise NoEventStream(address, "none in this world")


class SweptBook(CloudBook):
    """What the last sweep found, or what it would find now."""

    def __init__(self, clock: ManualClock, ec2: Any) -> None:
        super().__init__(clock)
        self._ec2 = ec2

    def status(self, instance_id: str) -> InstanceStatus | None:
        found: InstanceStatus = self._ec2.instance_status
        return super().status(instance_id) if found == UNKNOWN_STATUS else found


class Tokens:
    def __init__(self, secrets: dict[LicenseType, SecretStr]) -> None:
        self._secrets = secrets

    async def token(self, kind: LicenseType) -> SecretStr | None:
        return self._secrets.get(kind)


class World:
    """*metrics* are the pauses between two reports of figures: under close attention, normally, when idle."""

    def __init__(self, metrics: tuple[float, float, float] = (60, 60, 60)) -> None:
        self._metrics = metrics
        self.clock = ManualClock(NOW)
        self.crashes = Crashes()
        self.record = Record(self)
        self.ec2 = Ec2(self)
        self.cml = Cml(self)
        self.cloud = SweptBook(self.clock, self.ec2)
        self.sessions = Sessions()
        self.care = MemoryCare()
        self.templates: list[WorkerTemplateReadModel] = []
        self.reconciler = self.new_reconciler()

    def new_reconciler(self, **tokens: str) -> WorkerReconciler:
        """As after a restart: nothing is remembered."""

        async def template(name: str, version: int = 0) -> WorkerTemplateReadModel:
            for each in self.templates:
                if each.name == name:
                    return each
            raise NotFound("worker template", name)

        client: Any = SimpleNamespace(
            workers=self.record, templates=SimpleNamespace(get=template), sessions=self.sessions, fleet=self.care
        )
        self.client = client
        policy = PhasePolicy(
            pace=TransitionPace(0.5, 10),
            observing=ObservingPolicy(
                heartbeat_seconds=60,
                liveness_seconds=15,
                liveness_close_seconds=15,
                liveness_idle_seconds=15,
                metrics_close_seconds=self._metrics[0],
                metrics_seconds=self._metrics[1],
                metrics_idle_seconds=self._metrics[2],
                gone_after_seconds=10,
                instances_seconds=0,
            ),
            launch_give_up=600,
            readiness_factor=2,
            readiness_least=300,
            drain_warn=3600,
            stop_force=600,
            resting_look=60,
            failed_keep=600,
            licence_release=30,
        )
        secrets = {LicenseType.ENTERPRISE: SecretStr("token"), LicenseType.PERSONAL: SecretStr("token")}
        licences = LicenceKeeper(Tokens(secrets), clock=self.clock, retry_seconds=60)
        far = FarEnds(self.ec2, self.ec2, self.cml, self.cloud, HostFollower(SilentHosts(), clock=self.clock))  # type: ignore[arg-type]
        phases = worker_phases(client, far, licences, policy, self.clock)
        return WorkerReconciler(self.record, phases)  # type: ignore[arg-type]

    def add_worker(self, worker_id: str = "w-1", **changes: Any) -> None:
        facts: dict[str, Any] = {
            "id": worker_id,
            "version": 1,
            "created_at": NOW,
            "updated_at": NOW,
            "name": f"lcm-{worker_id}",
            "region": "us-east-1",
            "template_name": "enterprise-large",
            "status": CMLWorkerStatus.PENDING,
            "desired_status": WorkerDesiredStatus.RUNNING,
            "declared": ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=500, nodes=320, ports=8000),
            "port_range": PortRange(),
            "license": WorkerLicense(type=LicenseType.ENTERPRISE),
            "instance_type": "m5zn.metal",
            "startup_seconds": 900,
            "status_changed_at": NOW,
        }
        self.record.rows[worker_id] = CMLWorkerReadModel(**(facts | changes))
        self.templates = [
            WorkerTemplateReadModel(
                id="t",
                version=1,
                created_at=NOW,
                updated_at=NOW,
                name="enterprise-large",
                region="us-east-1",
                instance_type="m5zn.metal",
                ami=AmiRequirement(),
                capacity=ResourceVector(cpu_cores=48),
                port_range=PortRange(),
                license_type=LicenseType.ENTERPRISE,
                startup_seconds=900,
                drain_timeout_seconds=3600,
                cost_per_hour_usd=5,
            )
        ]

    def status(self, worker_id: str = "w-1") -> CMLWorkerStatus:
        return self.record.rows[worker_id].status

    def want(self, desired: WorkerDesiredStatus, worker_id: str = "w-1") -> None:
        self.record.change(worker_id, desired_status=desired)

    async def run(self, *, steps: int = 30, seconds: float = 1.0, worker_id: str = "w-1") -> list[CMLWorkerStatus]:
        """Reconcile again and again, a second apart, as the loop would; the statuses passed through."""
        seen = [self.status(worker_id)]
        for _ in range(steps):
            try:
                await self.reconciler.reconcile(worker_id)
            except FarEndError as error:
                assert error.retryable, error
            if self.status(worker_id) is not seen[-1]:
                seen.append(self.status(worker_id))
            self.clock.advance(seconds)
        return seen


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def new_world() -> type[World]:
    return World
