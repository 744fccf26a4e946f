"""STOPPING: bring the instance to rest."""

from __future__ import annotations

import structlog

from lcm_core.clock import Clock
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
    """Goes through with it, whatever is wanted meanwhile; a stop cannot be taken back half-way.

    A guest that has not shut down after *force_seconds* is stopped by force.
    """

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
        force_seconds: float,
    ) -> None:
        self._ec2 = ec2
        self._instances = instances
        self._hosts = hosts
        self._reports = reports
        self._vitals = vitals
        self._clock = clock
        self._pace = pace
        self._force_seconds = force_seconds

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        instance = await self._instances.of(worker)
        if instance is None or instance.state in GONE:
            return await self._reports.terminated(worker, "its instance is gone")
        if instance.state is Ec2State.STOPPED:
            self._vitals.forget(worker.id)
            # its address may be another one's by the time it is started again
            await self._hosts.forget(worker.private_ip or "")
            return await self._reports.stopped(worker, "EC2 instance stopped")
        takes_long = (self._clock.now() - worker.status_changed_at).total_seconds() >= self._force_seconds
        if takes_long or instance.state in (Ec2State.RUNNING, Ec2State.PENDING):
            await self._bring_to_rest(worker, instance, force=takes_long)
        return RequeueAfter(self._pace.after(worker.status_changed_at, self._clock.now()), "EC2 to stop the instance")

    async def _bring_to_rest(self, worker: CMLWorkerReadModel, instance: Ec2Instance, *, force: bool) -> None:
        """EC2 cannot stop a one-time spot instance: it goes, and its licence is given back if the host can."""
        if worker.purchase is not PurchaseOption.SPOT:
            if force:
                log.warning("stopped_by_force", worker_id=worker.id, ec2_instance_id=instance.id)
            await self._ec2.stop(worker.region, instance.id, force=force)
            return
        try:
            await self._hosts.at(instance.private_ip or "").deregister()
        except LcmError as error:
            log.warning("licence_not_given_back", worker_id=worker.id, given_up=True, reason=str(error))
        await self._ec2.terminate(worker.region, instance.id)
