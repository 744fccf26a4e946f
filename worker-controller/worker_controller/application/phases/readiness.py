"""PROVISIONING and STARTING: wait until EC2 runs, CML answers and the licence holds; then it may serve."""

from __future__ import annotations

from datetime import timedelta

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import WorkerReady
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.ports import CmlHosts, Ec2Port
from worker_controller.application.services import worker_metrics
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.reports import WorkerReports
from worker_controller.domain.ec2 import GONE, Ec2Instance, Ec2State
from worker_controller.domain.pace import TransitionPace

log = structlog.stdlib.get_logger(__name__)

_NOT_VISIBLE_YET = timedelta(seconds=60)
"""EC2 may need this long before a new instance shows in its lists."""


class ReadinessPhase:
    """Gives up after *deadline_factor* times the template's start-up time, at least *least_deadline_seconds*."""

    def __init__(
        self,
        ec2: Ec2Port,
        instances: Instances,
        hosts: CmlHosts,
        licences: LicenceKeeper,
        reports: WorkerReports,
        *,
        clock: Clock,
        pace: TransitionPace,
        deadline_factor: float,
        least_deadline_seconds: float,
    ) -> None:
        self._ec2 = ec2
        self._instances = instances
        self._hosts = hosts
        self._licences = licences
        self._reports = reports
        self._clock = clock
        self._pace = pace
        self._deadline_factor = deadline_factor
        self._least_deadline_seconds = least_deadline_seconds

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
            return await self._reports.terminated(worker, f"its instance is {instance.state.value}")
        waiting_for = await self._advance(worker, instance)
        if isinstance(waiting_for, str):
            return await self._wait(worker, waiting_for)
        return await self._ready(worker, waiting_for)

    async def _advance(self, worker: CMLWorkerReadModel, instance: Ec2Instance) -> WorkerReady | str:
        """What to report when everything is there, else what is still missing."""
        if instance.state is Ec2State.STOPPED:
            await self._ec2.start(worker.region, instance.id)
            return "EC2 to start the instance"
        if instance.state is not Ec2State.RUNNING or instance.private_ip is None:
            return f"EC2: the instance is {instance.state.value}"
        try:
            return await self._examine(worker, instance, instance.private_ip)
        except LcmError as error:
            # a host that boots refuses, stutters and resets: that is what is being waited for
            return f"CML at {instance.private_ip}: {error}"

    async def _examine(self, worker: CMLWorkerReadModel, instance: Ec2Instance, address: str) -> WorkerReady | str:
        cml = self._hosts.at(address)
        information = await cml.information()
        if not information.ready:
            return f"CML {information.version} at {address} to be able to start nodes"
        licence = await self._licences.bring_about(worker.id, cml, worker.license.type)
        if licence.waiting_for:
            return licence.waiting_for
        stats = await cml.stats()
        return WorkerReady(
            private_ip=address,
            public_ip=instance.public_ip,
            cml_version=information.version,
            license=licence.license,
            measured=stats.measured(licence.license.node_limit, worker.port_range),
        )

    async def _ready(self, worker: CMLWorkerReadModel, body: WorkerReady) -> Result:
        worker_metrics.ready_after(worker.template_name, self._age(worker).total_seconds())
        return await self._reports.ready(worker, body)

    async def _wait(self, worker: CMLWorkerReadModel, waiting_for: str) -> Result:
        deadline = max(self._least_deadline_seconds, self._deadline_factor * worker.startup_seconds)
        if self._age(worker) > timedelta(seconds=deadline):
            return await self._reports.failed(
                worker, f"not ready within {deadline:g} s; still waiting for {waiting_for}"
            )
        log.debug("worker_not_ready", worker_id=worker.id, waiting_for=waiting_for)
        return RequeueAfter(self._pace.after(worker.status_changed_at, self._clock.now()), waiting_for)

    async def _missing(self, worker: CMLWorkerReadModel) -> Result:
        if self._age(worker) < _NOT_VISIBLE_YET:
            return await self._wait(worker, "EC2 to list the instance")
        return await self._reports.terminated(worker, "EC2 does not know its instance (any more)")

    def _age(self, worker: CMLWorkerReadModel) -> timedelta:
        return self._clock.now() - worker.status_changed_at
