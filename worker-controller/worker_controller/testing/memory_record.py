"""Workers as control-plane-api keeps them, in memory: legal transitions only, reports made twice change nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from lcm_core.clock import Clock
from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import (
    DrainWorker,
    RecordLaunchAttempts,
    ReportHostLost,
    ReportProvisioning,
    ReportWorkerFindings,
    ReportWorkerHealth,
    ReportWorkerMetrics,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.coordination import KeyValue, WatchBatch, WatchEvent, WatchEventKind, WatchResync
from lcm_core.domain.enums import CMLWorkerStatus, LicenseType, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.errors import IllegalTransition, NotFound
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel, WorkerDrift, WorkerTemplateReadModel
from lcm_core.domain.transitions import CML_WORKER_VALID_TRANSITIONS
from lcm_core.domain.values import AmiRequirement, HostLoss, PortRange, ResourceVector, WorkerLicense
from worker_controller.testing.wire import Wire

W = CMLWorkerStatus
DECLARED = ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=500, nodes=320, ports=8000)
_SERVING = frozenset({W.RUNNING, W.DRAINING})
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
_LEFT_SERVICE: dict[str, Any] = {"service_status": WorkerServiceStatus.UNAVAILABLE, "drift": (), "maintenance_at": None}


@dataclass(slots=True)
class MemoryRecord:
    """``WorkersApi``, the templates and sessions beside it, and the etcd that tells of changes."""

    wire: Wire
    clock: Clock
    rows: dict[str, CMLWorkerReadModel] = field(default_factory=dict[str, CMLWorkerReadModel])
    _listeners: list[asyncio.Queue[str]] = field(default_factory=list[asyncio.Queue[str]])

    # -- what others do

    def add(self, worker_id: str, desired: WorkerDesiredStatus = WorkerDesiredStatus.RUNNING, **changes: Any) -> None:
        now = self.clock.now()
        facts: dict[str, Any] = {
            "id": worker_id,
            "version": 1,
            "created_at": now,
            "updated_at": now,
            "name": f"lcm-{worker_id}",
            "region": "us-east-1",
            "template_name": "metal",
            "status": W.PENDING,
            "desired_status": desired,
            "declared": DECLARED,
            "port_range": PortRange(),
            "license": WorkerLicense(type=LicenseType.ENTERPRISE),
            "instance_type": "m5zn.metal",
            "startup_seconds": 300,
            "status_changed_at": now,
        }
        self.rows[worker_id] = CMLWorkerReadModel(**(facts | changes))
        self._tell(worker_id)

    def want(self, worker_id: str, desired: WorkerDesiredStatus) -> None:
        """As control-plane-api does: what is to be terminated stays so."""
        row = self.rows[worker_id]
        if row.desired_status is WorkerDesiredStatus.TERMINATED or row.status is W.TERMINATED:
            return
        self.change(worker_id, desired_status=desired)

    def change(self, worker_id: str, **update: Any) -> None:
        row = self.rows[worker_id]
        self.rows[worker_id] = row.model_copy(update={"version": row.version + 1, **update})
        self._tell(worker_id)

    # -- reads

    async def list(self, statuses: Iterable[W] = ()) -> list[CMLWorkerReadModel]:
        wanted = frozenset(statuses) or frozenset(W) - {W.TERMINATED}
        return await self.wire.call("api.list", lambda: [row for row in self.rows.values() if row.status in wanted])

    async def get(self, worker_id: str) -> CMLWorkerReadModel:
        def found() -> CMLWorkerReadModel:
            if worker_id not in self.rows:
                raise NotFound("worker", worker_id)
            return self.rows[worker_id]

        return await self.wire.call("api.get", found)

    # -- reports

    async def _move(self, worker_id: str, target: W, **update: Any) -> Applied:
        def moved() -> Applied:
            source = self.rows[worker_id].status
            if source is target:
                return Applied(applied=False)
            if target not in CML_WORKER_VALID_TRANSITIONS[source]:
                raise IllegalTransition("worker", worker_id, source.value, target.value)
            facts = {"provisioning_step": None, "provisioning_step_at": None, **update}
            self.change(worker_id, status=target, status_changed_at=self.clock.now(), **facts)
            return Applied(applied=True)

        return await self.wire.call(f"api.{target.value.lower()}", moved)

    async def launched(self, worker_id: str, body: WorkerLaunched) -> Applied:
        if self.rows[worker_id].ec2_instance_id == body.ec2_instance_id:
            return Applied(applied=False)
        update = {"ec2_instance_id": body.ec2_instance_id, "ami_name": body.ami_name, "private_ip": body.private_ip}
        return await self._move(worker_id, W.PROVISIONING, **update)

    async def ready(self, worker_id: str, body: WorkerReady) -> Applied:
        update = {"private_ip": body.private_ip, "license": body.license, "cml_version": body.cml_version}
        return await self._move(worker_id, W.RUNNING, service_status=WorkerServiceStatus.AVAILABLE, **update)

    async def failed(self, worker_id: str, body: WorkerFailed) -> Applied:
        return await self._move(worker_id, W.FAILED, failure=body.reason, **_LEFT_SERVICE)

    async def starting(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._move(worker_id, W.STARTING, service_status=WorkerServiceStatus.UNKNOWN)

    async def stopping(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        if self.rows[worker_id].status is W.STOPPED:
            return Applied(applied=False)
        return await self._move(worker_id, W.STOPPING, **_LEFT_SERVICE)

    async def stopped(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._move(worker_id, W.STOPPED, **_LEFT_SERVICE)

    async def terminating(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        if self.rows[worker_id].status is W.TERMINATED:
            return Applied(applied=False)
        return await self._move(worker_id, W.TERMINATING, **_LEFT_SERVICE)

    async def terminated(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._move(worker_id, W.TERMINATED, **_LEFT_SERVICE)

    async def cancel_drain(self, worker_id: str) -> Applied:
        return await self._move(worker_id, W.RUNNING)

    async def drain(self, worker_id: str, body: DrainWorker) -> Applied:
        return await self._move(worker_id, W.DRAINING, desired_status=WorkerDesiredStatus.STOPPED)

    async def record_launch_attempts(self, worker_id: str, body: RecordLaunchAttempts) -> Applied:
        def recorded() -> Applied:
            known = {each.number: each for each in self.rows[worker_id].launch_attempts}
            known.update({each.number: each for each in body.attempts})
            self.change(worker_id, launch_attempts=tuple(known[number] for number in sorted(known)))
            return Applied(applied=True)

        return await self.wire.call("api.launch-attempts", recorded)

    async def report_provisioning(self, worker_id: str, body: ReportProvisioning) -> Applied:
        def noted() -> Applied:
            if self.rows[worker_id].provisioning_step is body.step:
                return Applied(applied=False)
            self.change(worker_id, provisioning_step=body.step, provisioning_step_at=self.clock.now())
            return Applied(applied=True)

        return await self.wire.call("api.provisioning", noted)

    async def host_lost(self, worker_id: str, body: ReportHostLost) -> Applied:
        def lost() -> Applied:
            if self.rows[worker_id].host_loss is not None or self.rows[worker_id].status not in _SERVING:
                return Applied(applied=False)
            facts = body.model_dump()
            self.change(
                worker_id,
                host_loss=HostLoss(at=self.clock.now(), **facts),
                service_status=WorkerServiceStatus.UNAVAILABLE,
            )
            return Applied(applied=True)

        return await self.wire.call("api.host-lost", lost)

    async def report_health(self, worker_id: str, body: ReportWorkerHealth) -> Applied:
        def noted() -> Applied:
            row = self.rows[worker_id]
            found = (body.service_status, body.license or row.license)
            if found == (row.service_status, row.license):
                return Applied(applied=False)
            back = {} if found[0] is WorkerServiceStatus.UNAVAILABLE else {"host_loss": None}
            self.change(worker_id, service_status=found[0], license=found[1], health_reason=body.reason, **back)
            return Applied(applied=True)

        return await self.wire.call("api.health", noted)

    async def report_metrics(self, worker_id: str, body: ReportWorkerMetrics) -> Applied:
        def noted() -> Applied:
            # beside the aggregate: nobody is told
            self.rows[worker_id] = self.rows[worker_id].model_copy(update={"metrics": body.metrics})
            return Applied(applied=True)

        return await self.wire.call("api.metrics", noted)

    async def report_findings(self, worker_id: str, body: ReportWorkerFindings) -> Applied:
        def noted() -> Applied:
            now = self.clock.now()
            if body.drift is not None:
                self.change(worker_id, drift=tuple(WorkerDrift(**each.model_dump(), since=now) for each in body.drift))
            if body.maintenance is not None:
                planned = body.maintenance
                self.change(worker_id, maintenance_at=planned.at, maintenance_reason=planned.reason)
            return Applied(applied=True)

        return await self.wire.call("api.findings", noted)

    # -- etcd

    async def watch_prefix(
        self, prefix: str, start_revision: int | None = None
    ) -> AsyncGenerator[WatchBatch | WatchResync]:
        told: asyncio.Queue[str] = asyncio.Queue()
        self._listeners.append(told)
        try:
            while True:
                key = f"{prefix}{await told.get()}/actual"
                event = WatchEvent(WatchEventKind.PUT, KeyValue(key, b"{}", 1, 1, 1, 0))
                yield WatchBatch((event,), 1)
        finally:
            self._listeners.remove(told)

    def _tell(self, worker_id: str) -> None:
        for listener in self._listeners:
            listener.put_nowait(worker_id)


class MemoryTokens:
    """A token for every licence."""

    async def token(self, kind: LicenseType) -> SecretStr | None:
        return SecretStr("token")


class MemoryTemplates:
    async def get(self, name: str, version: int = 0) -> WorkerTemplateReadModel:
        return next(each for each in await self.list() if each.name == name)

    async def list(self) -> list[WorkerTemplateReadModel]:
        return [
            WorkerTemplateReadModel(
                id="t",
                version=1,
                created_at=_LONG_AGO,
                updated_at=_LONG_AGO,
                name="metal",
                region="us-east-1",
                instance_type="m5zn.metal",
                ami=AmiRequirement(),
                capacity=DECLARED,
                port_range=PortRange(),
                license_type=LicenseType.ENTERPRISE,
                startup_seconds=300,
                drain_timeout_seconds=3600,
                cost_per_hour_usd=5,
            )
        ]


class MemorySessions:
    """Labs that live sessions have, by worker."""

    def __init__(self) -> None:
        self.labs: dict[str, list[str]] = {}

    async def list(self, *_: Any, worker_id: str | None = None) -> list[LabletSessionReadModel]:
        labs = self.labs.get(worker_id or "", [])
        return [LabletSessionReadModel.model_construct(cml_lab_id=lab_id) for lab_id in labs]
