"""Removes a worker's instance: gives the licence back first, then terminates, or lets go what was not launched here."""

from __future__ import annotations

from datetime import timedelta

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.enums import CMLWorkerStatus, WorkerOrigin
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel
from worker_controller.application.ports import CmlHosts, Ec2Port, InstanceTagsPort
from worker_controller.application.services.instances import Instances
from worker_controller.domain.ec2 import GONE, Ec2Instance, Ec2State
from worker_controller.domain.visibility import may_be_invisible

log = structlog.stdlib.get_logger(__name__)


class InstanceRemover:
    """A licence is bound to its host: it is given back first, for as long as *licence_seconds* allow."""

    def __init__(
        self,
        ec2: Ec2Port,
        tags: InstanceTagsPort,
        instances: Instances,
        hosts: CmlHosts,
        *,
        clock: Clock,
        licence_seconds: float,
        visible_seconds: float = 60,
    ) -> None:
        self._ec2 = ec2
        self._tags = tags
        self._instances = instances
        self._hosts = hosts
        self._clock = clock
        self._licence_time = timedelta(seconds=licence_seconds)
        self._visible = timedelta(seconds=visible_seconds)

    async def remove(self, worker: CMLWorkerReadModel) -> bool:
        """One step towards no instance; whether there is none (any more)."""
        instance = await self._instances.of(worker)
        if instance is None and may_be_invisible(worker, self._clock.now(), self._visible):
            return False
        if instance is None or instance.state is Ec2State.TERMINATED:
            await self._hosts.forget(worker.private_ip or "")
            return True
        if instance.state in GONE:
            return False
        if not await self._licence_given_back(worker, instance):
            return False
        if worker.status is CMLWorkerStatus.FAILED and worker.origin is not WorkerOrigin.LAUNCHED:
            return await self._let_go(worker, instance)
        await self._ec2.terminate(worker.region, instance.id)
        return False

    async def _let_go(self, worker: CMLWorkerReadModel, instance: Ec2Instance) -> bool:
        """Somebody made it, and may need what is on it: it is not ours to terminate because it does not come up."""
        await self._tags.release(worker.region, instance.id, f"{worker.name}: {worker.failure or 'failed'}")
        await self._hosts.forget(worker.private_ip or "")
        log.warning(
            "instance_let_go",
            worker_id=worker.id,
            ec2_instance_id=instance.id,
            reason=worker.failure,
            hint="repair it and import it again, or terminate it in EC2",
        )
        return True

    async def _licence_given_back(self, worker: CMLWorkerReadModel, instance: Ec2Instance) -> bool:
        """Whether to go on: it is given back, or it cannot be and enough was tried."""
        if instance.state is not Ec2State.RUNNING or instance.private_ip is None:
            return True
        try:
            await self._hosts.at(instance.private_ip).deregister()
        except LcmError as error:
            given_up = self._clock.now() - worker.status_changed_at >= self._licence_time
            log.warning("licence_not_given_back", worker_id=worker.id, given_up=given_up, reason=str(error))
            return given_up
        return True
