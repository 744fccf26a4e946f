"""STOPPED: keep the instance at rest, start it when it is wanted again."""

from __future__ import annotations

import structlog

from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.ports import Ec2Port
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.reports import WorkerReports
from worker_controller.domain.ec2 import GONE, Ec2State

log = structlog.stdlib.get_logger(__name__)


class RestingPhase:
    """An instance that somebody started behind our back is stopped again, since nobody watches over it."""

    def __init__(
        self, ec2: Ec2Port, instances: Instances, reports: WorkerReports, *, look_again_seconds: float
    ) -> None:
        self._ec2 = ec2
        self._instances = instances
        self._reports = reports
        self._look_again_seconds = look_again_seconds

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        if worker.desired_status is WorkerDesiredStatus.TERMINATED:
            return await self._reports.terminating(worker, "termination requested")
        instance = await self._instances.of(worker)
        if instance is None or instance.state in GONE:
            return await self._reports.terminated(worker, "its instance is gone")
        if worker.desired_status is WorkerDesiredStatus.RUNNING:
            return await self._reports.starting(worker, "wanted again")
        if instance.state in (Ec2State.RUNNING, Ec2State.PENDING):
            log.warning("stopped_worker_found_running", worker_id=worker.id, ec2_instance_id=instance.id)
            await self._ec2.stop(worker.region, instance.id)
        return RequeueAfter(self._look_again_seconds, "somebody to want it")
