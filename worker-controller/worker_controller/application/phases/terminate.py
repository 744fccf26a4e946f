"""FAILED and TERMINATING: give the licence back, remove the instance, and say so when it is gone."""

from __future__ import annotations

from datetime import timedelta

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.ports import CmlHosts, Ec2Port
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.licensing import LicenceKeeper
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.vitals import VitalsBook
from worker_controller.domain.ec2 import GONE, Ec2Instance, Ec2State
from worker_controller.domain.pace import TransitionPace
from worker_controller.domain.visibility import may_be_invisible

log = structlog.stdlib.get_logger(__name__)


class InstanceRemover:
    """A licence is bound to its host: it is given back first, for as long as *licence_seconds* allow."""

    def __init__(
        self,
        ec2: Ec2Port,
        instances: Instances,
        hosts: CmlHosts,
        *,
        clock: Clock,
        licence_seconds: float,
        visible_seconds: float = 60,
    ) -> None:
        self._ec2 = ec2
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
        if await self._licence_given_back(worker, instance):
            await self._ec2.terminate(worker.region, instance.id)
        return False

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


class TerminatePhase:
    def __init__(
        self,
        remover: InstanceRemover,
        licences: LicenceKeeper,
        reports: WorkerReports,
        vitals: VitalsBook,
        *,
        clock: Clock,
        pace: TransitionPace,
    ) -> None:
        self._remover = remover
        self._licences = licences
        self._reports = reports
        self._vitals = vitals
        self._clock = clock
        self._pace = pace

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        if not await self._remover.remove(worker):
            pause = self._pace.after(worker.status_changed_at, self._clock.now())
            return RequeueAfter(pause, "EC2 to terminate the instance")
        self._vitals.forget(worker.id)
        self._licences.forget(worker.id)
        return await self._reports.terminated(worker, "EC2 instance terminated")


class FailedPhase:
    """The instance goes at once, the record stays for *keep_seconds*: for people to see why, and for the scheduler,
    which does not ask for another worker of a template that keeps failing as long as it sees the failures."""

    def __init__(
        self,
        remover: InstanceRemover,
        reports: WorkerReports,
        *,
        clock: Clock,
        pace: TransitionPace,
        keep_seconds: float,
    ) -> None:
        self._remover = remover
        self._reports = reports
        self._clock = clock
        self._pace = pace
        self._keep_seconds = keep_seconds

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        now = self._clock.now()
        if not await self._remover.remove(worker):
            return RequeueAfter(self._pace.after(worker.status_changed_at, now), "EC2 to terminate the instance")
        left = self._keep_seconds - (now - worker.status_changed_at).total_seconds()
        if left > 0:
            return RequeueAfter(left, "people to see why it failed")
        return await self._reports.terminated(worker, "no instance left")
