"""Tells control-plane-api what was observed of a worker; each report may be made twice."""

from __future__ import annotations

import structlog

from lcm_core.contracts.workers import (
    ReportHostLeaving,
    ReportHostLost,
    ReportProvisioning,
    SettleLicense,
    WorkerFailed,
    WorkerLaunched,
    WorkerReady,
    WorkerStatusReport,
)
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.provisioning import FailureEvidence, LicenseRequest, ProvisioningStep
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import WorkerLicense
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.observability.redaction import redact_text
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.services import worker_metrics

log = structlog.stdlib.get_logger(__name__)

_NEXT_STEP = RequeueAfter(0)
_AWAITED, _AWAITED_LOOK_SECONDS = "host-awaited", 5.0


class WorkerReports:
    """Every method reports and has the worker looked at again at once: its next status has a step of its own."""

    def __init__(self, workers: WorkersApi) -> None:
        self._workers = workers

    async def launched(self, worker: CMLWorkerReadModel, body: WorkerLaunched) -> Result:
        await self._workers.launched(worker.id, body)
        return _note(worker, "launched", body.ec2_instance_id)

    async def ready(self, worker: CMLWorkerReadModel, body: WorkerReady) -> Result:
        await self._workers.ready(worker.id, body)
        return _note(worker, "ready", body.cml_version)

    async def failed(self, worker: CMLWorkerReadModel, reason: str, evidence: FailureEvidence | None = None) -> Result:
        """A session may wait for the worker's host: then it is not given up yet, and goes on being tried."""
        try:
            await self._workers.failed(worker.id, WorkerFailed(reason=reason[:2000], evidence=evidence))
        except RuleViolation as refused:
            if refused.code != _AWAITED:
                raise
            log.warning("worker_not_given_up", worker_id=worker.id, reason=reason, why=refused.message)
            return RequeueAfter(_AWAITED_LOOK_SECONDS, "a session that waits for it")
        return _note(worker, "failed", reason)

    async def provisioning(self, worker: CMLWorkerReadModel, step: ProvisioningStep, waiting_for: str) -> None:
        """Only said; what follows from it is the caller's."""
        body = ReportProvisioning(step=step, waiting_for=waiting_for[:2000])
        await self._workers.report_provisioning(worker.id, body)

    async def license_settled(
        self, worker: CMLWorkerReadModel, request: LicenseRequest, license: WorkerLicense, *, done: bool, detail: str
    ) -> Result:
        body = SettleLicense(
            requested_at=request.requested_at, done=done, detail=redact_text(detail)[:2000], license=license
        )
        await self._workers.settle_license(worker.id, body)
        return _note(worker, "license_settled", f"{request.action.value} {'done' if done else 'failed'}")

    async def starting(self, worker: CMLWorkerReadModel, reason: str) -> Result:
        await self._workers.starting(worker.id, WorkerStatusReport(reason=reason))
        return _note(worker, "starting", reason)

    async def stopping(self, worker: CMLWorkerReadModel, reason: str) -> Result:
        await self._workers.stopping(worker.id, WorkerStatusReport(reason=reason))
        return _note(worker, "stopping", reason)

    async def stopped(self, worker: CMLWorkerReadModel, reason: str) -> Result:
        await self._workers.stopped(worker.id, WorkerStatusReport(reason=reason))
        return _note(worker, "stopped", reason)

    async def terminating(self, worker: CMLWorkerReadModel, reason: str) -> Result:
        await self._workers.terminating(worker.id, WorkerStatusReport(reason=reason))
        return _note(worker, "terminating", reason)

    async def terminated(self, worker: CMLWorkerReadModel, reason: str) -> Result:
        await self._workers.terminated(worker.id, WorkerStatusReport(reason=reason))
        return _note(worker, "terminated", reason)

    async def host_lost(self, worker: CMLWorkerReadModel, body: ReportHostLost, after_seconds: float) -> Result:
        answer = await self._workers.host_lost(worker.id, body)
        if answer.applied:
            worker_metrics.host_lost(body.cause.value, after_seconds)
            log.error("worker_host_lost", worker_id=worker.id, cause=body.cause.value, reason=body.reason)
        return _note(worker, "host_lost", body.reason)

    async def host_leaving(self, worker: CMLWorkerReadModel, body: ReportHostLeaving) -> Result:
        await self._workers.host_leaving(worker.id, body)
        return _note(worker, "host_leaving", body.reason)

    async def drain_cancelled(self, worker: CMLWorkerReadModel) -> Result:
        await self._workers.cancel_drain(worker.id)
        return _note(worker, "drain_cancelled", "wanted RUNNING")


def _note(worker: CMLWorkerReadModel, step: str, reason: str) -> Result:
    worker_metrics.reported(step)
    log.info("worker_reported", worker_id=worker.id, worker=worker.name, step=step, reason=reason)
    return _NEXT_STEP
