"""PROVISIONING and STARTING: wait until EC2 runs, CML answers and the licence holds; then it may serve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import WorkerReady
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.provisioning import ProvisioningStep
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.ports import CmlHosts, Ec2Port
from worker_controller.application.services import provisioning_metrics, worker_metrics
from worker_controller.application.services.evidence import EvidenceCollector
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.reports import WorkerReports
from worker_controller.domain.ec2 import GONE, Ec2Instance, Ec2State
from worker_controller.domain.pace import TransitionPace
from worker_controller.domain.provisioning import StepDeadlines

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is not there yet, and the last thing that the far end said about it."""

    step: ProvisioningStep
    what: str
    answer: str = ""


class ReadinessPhase:
    """Each step on the way up has its deadline; a worker that misses one has failed, with the evidence."""

    def __init__(
        self,
        ec2: Ec2Port,
        instances: Instances,
        hosts: CmlHosts,
        licences: LicenceKeeper,
        reports: WorkerReports,
        evidence: EvidenceCollector,
        *,
        clock: Clock,
        pace: TransitionPace,
        deadlines: StepDeadlines,
        visible_seconds: float,
    ) -> None:
        self._ec2 = ec2
        self._instances = instances
        self._hosts = hosts
        self._licences = licences
        self._reports = reports
        self._evidence = evidence
        self._clock = clock
        self._pace = pace
        self._deadlines = deadlines
        self._visible = timedelta(seconds=visible_seconds)

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        if worker.desired_status is WorkerDesiredStatus.TERMINATED:
            return await self._reports.terminating(worker, "termination requested")
        starting = worker.status is CMLWorkerStatus.STARTING
        if starting and worker.desired_status is WorkerDesiredStatus.STOPPED:
            return await self._reports.stopping(worker, "stop requested while starting")
        instance = await self._instances.of(worker)
        if instance is None:
            return await self._missing(worker)
        if instance.state in GONE:
            return await self._gone(worker, instance)
        found = await self._advance(worker, instance)
        if isinstance(found, Waiting):
            return await self._wait(worker, instance, found)
        return await self._ready(worker, found)

    async def _advance(self, worker: CMLWorkerReadModel, instance: Ec2Instance) -> WorkerReady | Waiting:
        """What to report when everything is there, else what is still missing."""
        if instance.state is Ec2State.STOPPED:
            await self._ec2.start(worker.region, instance.id)
            return Waiting(ProvisioningStep.EC2, "EC2 to start the instance")
        if instance.state is not Ec2State.RUNNING or instance.private_ip is None:
            return Waiting(ProvisioningStep.EC2, f"EC2: the instance is {instance.state.value}")
        try:
            return await self._examine(worker, instance, instance.private_ip)
        except LcmError as error:
            # a host that boots refuses, stutters and resets: that is what is being waited for
            step = max(worker.provisioning_step or ProvisioningStep.CML, ProvisioningStep.CML, key=_order)
            return Waiting(step, f"CML at {instance.private_ip}: {error}", str(error))

    async def _examine(self, worker: CMLWorkerReadModel, instance: Ec2Instance, address: str) -> WorkerReady | Waiting:
        cml = self._hosts.at(address)
        information = await cml.information()
        if not information.ready:
            told = f"CML {information.version} at {address} to be able to start nodes"
            return Waiting(ProvisioningStep.CML, told, f"version {information.version}, ready: false")
        if await cml.take_over(instance.id):
            provisioning_metrics.password_changed()
            log.info("cml_password_changed", worker_id=worker.id, address=address)
        licence = await self._licences.bring_about(worker, cml)
        if licence.waiting_for:
            return Waiting(ProvisioningStep.LICENSE, licence.waiting_for, licence.told)
        stats = await cml.stats()
        return WorkerReady(
            private_ip=address,
            public_ip=instance.public_ip,
            cml_version=information.version,
            license=licence.license,
            measured=stats.measured(licence.license.node_limit, worker.port_range),
        )

    async def _ready(self, worker: CMLWorkerReadModel, body: WorkerReady) -> Result:
        self._note_step(worker, self._clock.now())
        worker_metrics.ready_after(worker.template_name, self._age(worker).total_seconds())
        return await self._reports.ready(worker, body)

    async def _wait(self, worker: CMLWorkerReadModel, instance: Ec2Instance | None, waiting: Waiting) -> Result:
        now = self._clock.now()
        since = worker.provisioning_step_at or worker.status_changed_at
        if worker.provisioning_step is None or _order(waiting.step) > _order(worker.provisioning_step):
            self._note_step(worker, now)
            await self._reports.provisioning(worker, waiting.step, waiting.what)
            return RequeueAfter(self._pace.after(worker.status_changed_at, now), waiting.what)
        allowed = self._deadlines.of(worker.provisioning_step, worker.startup_seconds)
        if now - since > timedelta(seconds=allowed):
            reason = f"{worker.provisioning_step.value}: not within {allowed:g} s; still waiting for {waiting.what}"
            return await self._fail(worker, reason, instance, waiting.answer)
        log.debug("worker_not_ready", worker_id=worker.id, waiting_for=waiting.what)
        return RequeueAfter(self._pace.after(worker.status_changed_at, now), waiting.what)

    async def _gone(self, worker: CMLWorkerReadModel, instance: Ec2Instance) -> Result:
        """An instance that never served and is gone is a worker that does not come up: the scheduler has to know."""
        told = f"its instance is {instance.state.value}: {instance.state_reason or 'EC2 gives no reason'}"
        if worker.status is CMLWorkerStatus.PROVISIONING:
            return await self._fail(worker, told, instance, "")
        return await self._reports.terminated(worker, told)

    async def _fail(self, worker: CMLWorkerReadModel, reason: str, instance: Ec2Instance | None, answer: str) -> Result:
        self._note_step(worker, self._clock.now(), failed=True)
        evidence = await self._evidence.of(worker, instance, answer)
        return await self._reports.failed(worker, reason, evidence)

    async def _missing(self, worker: CMLWorkerReadModel) -> Result:
        if self._age(worker) < self._visible:
            return await self._wait(worker, None, Waiting(ProvisioningStep.EC2, "EC2 to list the instance"))
        return await self._reports.terminated(worker, "EC2 does not know its instance (any more)")

    def _note_step(self, worker: CMLWorkerReadModel, now: datetime, *, failed: bool = False) -> None:
        if worker.provisioning_step is None or worker.provisioning_step_at is None:
            return
        seconds = (now - worker.provisioning_step_at).total_seconds()
        provisioning_metrics.step_took(worker.provisioning_step.value, worker.template_name, seconds, failed=failed)

    def _age(self, worker: CMLWorkerReadModel) -> timedelta:
        return self._clock.now() - worker.status_changed_at


def _order(step: ProvisioningStep) -> int:
    return list(ProvisioningStep).index(step)
