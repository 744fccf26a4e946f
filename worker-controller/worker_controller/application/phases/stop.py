"""STOPPING and STOPPED: bring the instance to rest, keep it there, start it when it is wanted again."""

from __future__ import annotations

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.provisioning import PurchaseOption
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.ports import CmlHosts, Ec2Port
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.vitals import VitalsBook
from worker_controller.domain.ec2 import GONE, Ec2Instance, Ec2State
from worker_controller.domain.pace import TransitionPace

log = structlog.stdlib.get_logger(__name__)


class StopPhase:
    """STOPPING: goes through with it, whatever is wanted meanwhile; a stop cannot be taken back half-way."""

    def __init__(
        self,
        ec2: Ec2Port,
        instances: Instances,
        hosts: CmlHosts,
        reports: WorkerReports,
        vitals: VitalsBook,
        *,
        clock: Clock,
        pace: TransitionPace,
    ) -> None:
        self._ec2 = ec2
        self._instances = instances
        self._hosts = hosts
        self._reports = reports
        self._vitals = vitals
        self._clock = clock
        self._pace = pace

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        instance = await self._instances.of(worker)
        if instance is None or instance.state in GONE:
            return await self._reports.terminated(worker, "its instance is gone")
        if instance.state is Ec2State.STOPPED:
            self._vitals.forget(worker.id)
            # its address may be another one's by the time it is started again
            await self._hosts.forget(worker.private_ip or "")
            return await self._reports.stopped(worker, "EC2 instance stopped")
        if instance.state in (Ec2State.RUNNING, Ec2State.PENDING):
            await self._bring_to_rest(worker, instance)
        return RequeueAfter(self._pace.after(worker.status_changed_at, self._clock.now()), "EC2 to stop the instance")

    async def _bring_to_rest(self, worker: CMLWorkerReadModel, instance: Ec2Instance) -> None:
        """EC2 cannot stop a one-time spot instance: it goes, and its licence is given back if the host can."""
        if worker.purchase is not PurchaseOption.SPOT:
            await self._ec2.stop(worker.region, instance.id)
            return
        try:
            await self._hosts.at(instance.private_ip or "").deregister()
        except LcmError as error:
            log.warning("licence_not_given_back", worker_id=worker.id, given_up=True, reason=str(error))
        await self._ec2.terminate(worker.region, instance.id)


class RestingPhase:
    """STOPPED: an instance that somebody started behind our back is stopped again, since nobody watches over it."""

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
