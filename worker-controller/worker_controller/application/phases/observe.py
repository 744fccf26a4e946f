"""Looking at a worker that serves: is its instance there, does CML answer, does the licence hold, how busy is it?"""

from __future__ import annotations

import asyncio

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import ReportWorkerHealth, ReportWorkerMetrics
from lcm_core.domain.enums import HostLossCause, WorkerServiceStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerMetrics
from lcm_core.domain.values import WorkerLicense
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Result
from worker_controller.application.phases.host_watch import HostWatch
from worker_controller.application.ports import CmlHosts, CmlSystemPort
from worker_controller.application.services.batched_lookup import BatchedLookup
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.vitals import Vitals, VitalsBook
from worker_controller.domain.ec2 import GONE, Ec2State
from worker_controller.domain.observing import ObservingPolicy

log = structlog.stdlib.get_logger(__name__)

CpuLookup = BatchedLookup[tuple[str, str], float]
"""CPU utilisation in percent by (region, instance id)."""


class WorkerObserver:
    """Reports health when it changes and metrics on their cadence; shared by the phases of workers that serve."""

    def __init__(
        self,
        workers: WorkersApi,
        instances: Instances,
        hosts: CmlHosts,
        cloud_cpu: CpuLookup,
        host_watch: HostWatch,
        reports: WorkerReports,
        vitals: VitalsBook,
        *,
        clock: Clock,
        policy: ObservingPolicy,
    ) -> None:
        self._workers = workers
        self._instances = instances
        self._hosts = hosts
        self._cloud_cpu = cloud_cpu
        self._host_watch = host_watch
        self._reports = reports
        self._vitals = vitals
        self._clock = clock
        self._policy = policy

    async def look(self, worker: CMLWorkerReadModel) -> Result | float:
        """Seconds until the next look, or the result of a report that changes the worker's status."""
        vitals = self._vitals.of(worker.id)
        self._meet_refresh(worker, vitals)
        rest = vitals.looked_at + self._policy.liveness_seconds - self._clock.monotonic()
        if rest > 0 and vitals.silent_looks == 0:
            return rest
        vitals.looked_at = self._clock.monotonic()
        lost = await self._lost_instance(worker, vitals)
        if lost is not None:
            return lost
        return await self._look_at_cml(worker, vitals)

    @staticmethod
    def _meet_refresh(worker: CMLWorkerReadModel, vitals: Vitals) -> None:
        """Somebody wants to know how it is now: everything is looked at, whatever was seen a moment ago."""
        if worker.refresh_requested_at != vitals.refreshed:
            vitals.refreshed = worker.refresh_requested_at
            vitals.looked_at = vitals.metrics_at = vitals.conditions_at = float("-inf")

    async def _lost_instance(self, worker: CMLWorkerReadModel, vitals: Vitals) -> Result | float | None:
        """What follows from the state of the instance; None when it runs."""
        instance = await self._instances.of(worker)
        if instance is None:
            return await self._missing_instance(worker, vitals)
        vitals.instance_missing_since = None
        if instance.state in GONE:
            self._vitals.forget(worker.id)
            return await self._reports.terminated(worker, f"found {instance.state.value}: {instance.state_reason}")
        if instance.state in (Ec2State.STOPPING, Ec2State.STOPPED):
            return await self._reports.stopping(worker, f"found {instance.state.value}: {instance.state_reason}")
        return await self._host_watch.leaving(worker, vitals, spot=instance.spot)

    async def _missing_instance(self, worker: CMLWorkerReadModel, vitals: Vitals) -> Result | float:
        """An instance that EC2 does not list is believed gone only when it stays so: one answer may be incomplete."""
        now = self._clock.monotonic()
        if vitals.instance_missing_since is None:
            vitals.instance_missing_since = now
        missing_for = now - vitals.instance_missing_since
        if missing_for >= self._policy.gone_after_seconds:
            self._vitals.forget(worker.id)
            return await self._reports.terminated(worker, f"EC2 has not known its instance for {missing_for:.0f} s")
        vitals.looked_at = float("-inf")
        return min(self._policy.liveness_seconds, self._policy.gone_after_seconds)

    async def _look_at_cml(self, worker: CMLWorkerReadModel, vitals: Vitals) -> Result | float:
        cml = self._hosts.at(worker.private_ip or "")
        try:
            async with asyncio.timeout(self._host_watch.patience(worker, vitals)):
                license = await self._proof_of_life(worker, cml)
        except TimeoutError:
            return await self._silent(worker, vitals, f"no answer of {worker.private_ip} by the heartbeat deadline")
        except LcmError as silence:
            return await self._silent(worker, vitals, str(silence))
        vitals.silent_looks = 0
        self._host_watch.answered(vitals)
        going = worker.host_loss is not None and worker.host_loss.cause is HostLossCause.SPOT_RECLAIM
        if not going and (worker.service_status, worker.license) != (WorkerServiceStatus.AVAILABLE, license):
            await self._report_health(worker, WorkerServiceStatus.AVAILABLE, license, "CML answers")
        await self._report_metrics_when_due(worker, cml, vitals)
        return self._policy.liveness_seconds

    async def _proof_of_life(self, worker: CMLWorkerReadModel, cml: CmlSystemPort) -> WorkerLicense:
        information = await cml.information()
        if not information.ready:
            raise NotReady(information.version)
        return (await cml.licensing()).as_worker_license(worker.license.type)

    async def _silent(self, worker: CMLWorkerReadModel, vitals: Vitals, why: str) -> Result | float:
        """CML does not answer: believed at the second look, which comes soon."""
        vitals.silent_looks += 1
        self._host_watch.fell_silent(worker, vitals)
        if vitals.silent_looks < self._policy.silent_looks_until_unavailable:
            return self._policy.second_look_seconds
        if worker.service_status is not WorkerServiceStatus.UNAVAILABLE:
            await self._report_health(worker, WorkerServiceStatus.UNAVAILABLE, None, why)
        return await self._host_watch.silent(worker, vitals, why)

    async def _report_health(
        self, worker: CMLWorkerReadModel, status: WorkerServiceStatus, license: WorkerLicense | None, why: str
    ) -> None:
        body = ReportWorkerHealth(service_status=status, license=license, reason=why[:2000])
        await self._workers.report_health(worker.id, body)
        log.info("worker_health_changed", worker_id=worker.id, worker=worker.name, status=status.value, reason=why)

    # -- metrics

    async def _report_metrics_when_due(self, worker: CMLWorkerReadModel, cml: CmlSystemPort, vitals: Vitals) -> None:
        now = self._clock.monotonic()
        if now - vitals.metrics_at < self._policy.metrics_seconds:
            return
        vitals.metrics_at = now
        stats = await cml.stats()
        metrics = WorkerMetrics(
            observed_at=self._clock.now(),
            cpu_percent=stats.cpu_percent,
            memory_percent=stats.memory.percent,
            storage_percent=stats.disk.percent,
            nodes_running=stats.nodes_running,
            ec2_cpu_percent=await self._ec2_cpu(worker),
        )
        body = ReportWorkerMetrics(metrics=metrics, last_activity_at=await cml.last_activity())
        await self._workers.report_metrics(worker.id, body)

    async def _ec2_cpu(self, worker: CMLWorkerReadModel) -> float | None:
        """A second source, and no more: CloudWatch that does not answer keeps nobody from knowing CML's figures."""
        try:
            return await self._cloud_cpu.get((worker.region, worker.ec2_instance_id or ""))
        except LcmError as error:
            log.warning("cloudwatch_unavailable", worker_id=worker.id, reason=str(error))
            return None


class NotReady(LcmError):
    def __init__(self, version: str) -> None:
        super().__init__(f"CML {version} answers and cannot start nodes.", code="cml-not-ready")
