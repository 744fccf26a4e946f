"""Carries out what operators want of the licences of workers that serve, and says what came of it."""

from __future__ import annotations

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.errors import LcmError
from lcm_core.domain.provisioning import LicenseAction, LicenseRequest
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import WorkerLicense
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.ports import CmlHosts, CmlSystemPort
from worker_controller.application.services import provisioning_metrics
from worker_controller.application.services.licensing import LicenceKeeper, LicenceStep
from worker_controller.application.services.reports import WorkerReports
from worker_controller.domain.pace import TransitionPace

log = structlog.stdlib.get_logger(__name__)


class LicenceDesk:
    """A request that is not done within *deadline_seconds* has failed, with CML's last words."""

    def __init__(
        self,
        hosts: CmlHosts,
        licences: LicenceKeeper,
        reports: WorkerReports,
        *,
        clock: Clock,
        pace: TransitionPace,
        deadline_seconds: float,
    ) -> None:
        self._hosts = hosts
        self._licences = licences
        self._reports = reports
        self._clock = clock
        self._pace = pace
        self._deadline_seconds = deadline_seconds

    async def step(self, worker: CMLWorkerReadModel) -> Result | None:
        """When to look again; None when nothing is asked for."""
        request = worker.license_request
        if request is None or not request.pending or worker.private_ip is None:
            return None
        try:
            step = await self._carry_out(worker, request, self._hosts.at(worker.private_ip))
        except LcmError as error:
            step = LicenceStep(worker.license, f"CML: {error}", str(error))
        if not step.waiting_for:
            return await self._settle(worker, request, step.license, done=True, detail=step.told)
        now = self._clock.now()
        if (now - request.requested_at).total_seconds() > self._deadline_seconds:
            detail = f"not within {self._deadline_seconds:g} s; waited for {step.waiting_for} ({step.told})"
            return await self._settle(worker, request, step.license, done=False, detail=detail)
        return RequeueAfter(self._pace.after(request.requested_at, now), step.waiting_for)

    async def _carry_out(self, worker: CMLWorkerReadModel, request: LicenseRequest, cml: CmlSystemPort) -> LicenceStep:
        if request.action is LicenseAction.REGISTER:
            return await self._licences.bring_about(worker, cml)
        licensing = await cml.licensing()
        found = licensing.as_worker_license(worker.license.type)
        if licensing.registration == "NOT_REGISTERED":
            return LicenceStep(found, told=licensing.told)
        await cml.deregister()
        return LicenceStep(found, "its licence to be given back", licensing.told)

    async def _settle(
        self, worker: CMLWorkerReadModel, request: LicenseRequest, license: WorkerLicense, *, done: bool, detail: str
    ) -> Result:
        provisioning_metrics.license_settled(request.action.value, done=done)
        log.info("licence_request_settled", worker_id=worker.id, action=request.action.value, done=done, detail=detail)
        return await self._reports.license_settled(worker, request, license, done=done, detail=detail)
