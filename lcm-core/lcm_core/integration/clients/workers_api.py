"""Workers on the internal API."""

from __future__ import annotations

from collections.abc import Iterable

from lcm_core.contracts.base import Applied
from lcm_core.contracts.workers import (
    AdoptWorker,
    AllocateCapacity,
    DrainWorker,
    LeftoverRemoved,
    RecordLaunchAttempts,
    ReleaseCapacity,
    ReportForeignLabs,
    ReportHostLeaving,
    ReportHostLost,
    ReportProvisioning,
    ReportWorkerFindings,
    ReportWorkerHealth,
    ReportWorkerMetrics,
    RequestScaleUp,
    RetireWorker,
    ScaleUpAnswer,
    SetDesiredStatus,
    SettleLicense,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.transport import InternalApi, JsonTransport


class WorkersApi(InternalApi):
    """Reads and writes of CML workers."""

    def __init__(self, transport: JsonTransport) -> None:
        super().__init__(transport, "workers")

    async def list(self, statuses: Iterable[CMLWorkerStatus] = ()) -> list[CMLWorkerReadModel]:
        """Workers in any of *statuses*; all but TERMINATED ones when none is named."""
        return await self._list(CMLWorkerReadModel, params={"status": [status.value for status in statuses]})

    async def get(self, worker_id: str) -> CMLWorkerReadModel:
        return await self._get(CMLWorkerReadModel, worker_id)

    async def request_scale_up(self, body: RequestScaleUp) -> ScaleUpAnswer:
        """Raises RuleViolation at the regional maximum or for an unknown or disabled template."""
        return await self._post(ScaleUpAnswer, "scale-up", body=body)

    async def launched(self, worker_id: str, body: WorkerLaunched) -> Applied:
        return await self._post(Applied, worker_id, "launched", body=body)

    async def record_launch_attempts(self, worker_id: str, body: RecordLaunchAttempts) -> Applied:
        return await self._post(Applied, worker_id, "launch-attempts", body=body)

    async def report_provisioning(self, worker_id: str, body: ReportProvisioning) -> Applied:
        return await self._post(Applied, worker_id, "provisioning", body=body)

    async def settle_license(self, worker_id: str, body: SettleLicense) -> Applied:
        return await self._post(Applied, worker_id, "license-outcome", body=body)

    async def ready(self, worker_id: str, body: WorkerReady) -> Applied:
        return await self._post(Applied, worker_id, "ready", body=body)

    async def failed(self, worker_id: str, body: WorkerFailed) -> Applied:
        return await self._post(Applied, worker_id, "failed", body=body)

    async def starting(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._post(Applied, worker_id, "starting", body=body)

    async def stopping(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._post(Applied, worker_id, "stopping", body=body)

    async def stopped(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._post(Applied, worker_id, "stopped", body=body)

    async def terminating(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._post(Applied, worker_id, "terminating", body=body)

    async def terminated(self, worker_id: str, body: WorkerStatusReport) -> Applied:
        return await self._post(Applied, worker_id, "terminated", body=body)

    async def host_lost(self, worker_id: str, body: ReportHostLost) -> Applied:
        return await self._post(Applied, worker_id, "host-lost", body=body)

    async def host_leaving(self, worker_id: str, body: ReportHostLeaving) -> Applied:
        return await self._post(Applied, worker_id, "host-leaving", body=body)

    async def leftover_removed(self, worker_id: str, body: LeftoverRemoved) -> Applied:
        return await self._post(Applied, worker_id, "leftover-removed", body=body)

    async def report_health(self, worker_id: str, body: ReportWorkerHealth) -> Applied:
        return await self._post(Applied, worker_id, "health", body=body)

    async def report_metrics(self, worker_id: str, body: ReportWorkerMetrics) -> Applied:
        return await self._post(Applied, worker_id, "metrics", body=body)

    async def report_findings(self, worker_id: str, body: ReportWorkerFindings) -> Applied:
        return await self._post(Applied, worker_id, "findings", body=body)

    async def report_foreign_labs(self, worker_id: str, body: ReportForeignLabs) -> Applied:
        return await self._post(Applied, worker_id, "foreign-labs", body=body)

    async def drain(self, worker_id: str, body: DrainWorker) -> Applied:
        return await self._post(Applied, worker_id, "drain", body=body)

    async def retire(self, worker_id: str, body: RetireWorker) -> Applied:
        """Raises RuleViolation, or Conflict when another one went at the same moment."""
        return await self._post(Applied, worker_id, "retire", body=body)

    async def pass_drain_deadline(self, worker_id: str) -> Applied:
        return await self._post(Applied, worker_id, "drain-deadline")

    async def adopt(self, body: AdoptWorker) -> ScaleUpAnswer:
        """Raises RuleViolation at the regional maximum or for a template that does not fit."""
        return await self._post(ScaleUpAnswer, "adopt", body=body)

    async def cancel_drain(self, worker_id: str) -> Applied:
        return await self._post(Applied, worker_id, "cancel-drain")

    async def set_desired_status(self, worker_id: str, body: SetDesiredStatus) -> Applied:
        return await self._post(Applied, worker_id, "desired-status", body=body)

    async def allocate_capacity(self, worker_id: str, body: AllocateCapacity) -> Applied:
        return await self._post(Applied, worker_id, "allocate", body=body)

    async def release_capacity(self, worker_id: str, body: ReleaseCapacity) -> Applied:
        return await self._post(Applied, worker_id, "release", body=body)
