"""Looking at a worker that serves: is its instance there, does CML answer, does the licence hold, how busy is it?"""

from __future__ import annotations

import asyncio

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import ReportWorkerHealth
from lcm_core.domain.enums import HostLossCause, WorkerServiceStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.domain.values import WorkerLicense
from lcm_core.integration.clients.workers_api import WorkersApi
from lcm_core.reconcile import Result
from worker_controller.application.phases.host_watch import HostWatch
from worker_controller.application.ports import CmlHosts, CmlSystemPort
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.host_follower import HostFollower
from worker_controller.application.services.instances import Instances
from worker_controller.application.services.measuring import Measuring
from worker_controller.application.services.reports import WorkerReports
from worker_controller.application.services.vitals import Vitals, VitalsBook
from worker_controller.domain.cloud import impairment
from worker_controller.domain.ec2 import GONE, Ec2State
from worker_controller.domain.observing import Attention, ObservingPolicy, attention_for

log = structlog.stdlib.get_logger(__name__)


class WorkerObserver:
    """Reports health when it changes and figures on their cadence; shared by the phases of workers that serve."""

    def __init__(
        self,
        workers: WorkersApi,
        instances: Instances,
        hosts: CmlHosts,
        cloud: CloudBook,
        measuring: Measuring,
        host_watch: HostWatch,
        reports: WorkerReports,
        vitals: VitalsBook,
        follower: HostFollower,
        *,
        clock: Clock,
        policy: ObservingPolicy,
    ) -> None:
        self._workers = workers
        self._instances = instances
        self._hosts = hosts
        self._cloud = cloud
        self._measuring = measuring
        self._host_watch = host_watch
        self._reports = reports
        self._vitals = vitals
        self._follower = follower
        self._clock = clock
        self._policy = policy

    async def look(self, worker: CMLWorkerReadModel) -> Result | float:
        """Seconds until the next look, or the result of a report that changes the worker's status."""
        vitals = self._vitals.of(worker.id)
        self._meet_refresh(worker, vitals)
        attention = attention_for(worker, self._clock.now(), self._policy.edge_seconds)
        rest = vitals.looked_at + self._policy.liveness.under(attention) - self._clock.monotonic()
        if rest > 0 and vitals.silent_looks == 0 and not vitals.changed:
            return rest
        vitals.looked_at = self._clock.monotonic()
        lost = await self._lost_instance(worker, vitals)
        if lost is not None:
            return lost
        return await self._look_at_cml(worker, vitals, attention)

    @staticmethod
    def _meet_refresh(worker: CMLWorkerReadModel, vitals: Vitals) -> None:
        """Somebody wants to know how it is now: everything is looked at, whatever was seen a moment ago."""
        if worker.refresh_requested_at != vitals.refreshed:
            vitals.refreshed = worker.refresh_requested_at
            vitals.looked_at = vitals.metrics_at = float("-inf")

    async def _lost_instance(self, worker: CMLWorkerReadModel, vitals: Vitals) -> Result | float | None:
        """What follows from the state of the instance; None when it runs."""
        instance = await self._instances.glance(worker)
        if instance is None:
            return await self._missing_instance(worker, vitals)
        vitals.instance_missing_since = None
        if instance.state in GONE:
            return await self._gone(worker, f"found {instance.state.value}: {instance.state_reason}")
        if instance.state in (Ec2State.STOPPING, Ec2State.STOPPED):
            return await self._reports.stopping(worker, f"found {instance.state.value}: {instance.state_reason}")
        return await self._host_watch.leaving(worker, spot=instance.spot)

    async def _missing_instance(self, worker: CMLWorkerReadModel, vitals: Vitals) -> Result | float:
        """An instance that EC2 does not list is believed gone only when it stays so: one answer may be incomplete."""
        now = self._clock.monotonic()
        if vitals.instance_missing_since is None:
            vitals.instance_missing_since = now
        missing_for = now - vitals.instance_missing_since
        if missing_for >= self._policy.gone_after_seconds:
            return await self._gone(worker, f"EC2 has not known its instance for {missing_for:.0f} s")
        vitals.looked_at = float("-inf")
        return min(self._policy.liveness.close, self._policy.gone_after_seconds)

    async def _gone(self, worker: CMLWorkerReadModel, why: str) -> Result:
        told = await self._reports.terminated(worker, why)
        self._vitals.forget(worker.id)
        return told

    # -- CML

    async def _look_at_cml(self, worker: CMLWorkerReadModel, vitals: Vitals, attention: Attention) -> Result | float:
        cml = self._hosts.at(worker.private_ip or "")
        try:
            async with asyncio.timeout(self._host_watch.patience(worker, vitals)):
                version, license = await self._proof_of_life(worker, cml)
        except TimeoutError:
            return await self._silent(worker, vitals, f"no answer of {worker.private_ip} by the heartbeat deadline")
        except LcmError as silence:
            return await self._silent(worker, vitals, str(silence))
        vitals.silent_looks = 0
        self._host_watch.answered(vitals)
        if worker.private_ip is not None:
            self._follower.follow(worker.id, worker.private_ip)
        going = worker.host_loss is not None and worker.host_loss.cause is HostLossCause.SPOT_RECLAIM
        if not going:
            await self._report_health_when_changed(worker, license)
        await self._measuring.report_maintenance(worker)
        now = self._clock.monotonic()
        if vitals.changed or now - vitals.metrics_at >= self._policy.metrics.under(attention):
            vitals.metrics_at, vitals.changed = now, False
            await self._measuring.measure(worker, cml, version, vitals)
        return self._policy.liveness.under(attention)

    async def _proof_of_life(self, worker: CMLWorkerReadModel, cml: CmlSystemPort) -> tuple[str, WorkerLicense]:
        information = await cml.information()
        if not information.ready:
            raise NotReady(information.version)
        return information.version, (await cml.licensing()).as_worker_license(worker.license.type)

    async def _silent(self, worker: CMLWorkerReadModel, vitals: Vitals, why: str) -> Result | float:
        """CML does not answer: believed at the second look, which comes soon."""
        vitals.silent_looks += 1
        self._host_watch.fell_silent(worker, vitals)
        if vitals.silent_looks < self._policy.silent_looks_until_unavailable:
            return self._policy.second_look_seconds
        if worker.service_status is not WorkerServiceStatus.UNAVAILABLE:
            await self._report_health(worker, WorkerServiceStatus.UNAVAILABLE, None, why)
        return await self._host_watch.silent(worker, vitals, why)

    async def _report_health_when_changed(self, worker: CMLWorkerReadModel, license: WorkerLicense) -> None:
        """CML answers. While EC2's status checks fail nobody vouches for the host: it takes no new session, and keeps
        those that it has."""
        instance_id = worker.ec2_instance_id or ""
        impaired = impairment(self._cloud.status(instance_id), self._cloud.figures(instance_id))
        self._vitals.note_impaired(worker.id, impaired != "")
        status = WorkerServiceStatus.UNKNOWN if impaired else WorkerServiceStatus.AVAILABLE
        if (worker.service_status, worker.license) != (status, license):
            await self._report_health(worker, status, license, impaired or "CML answers")

    async def _report_health(
        self, worker: CMLWorkerReadModel, status: WorkerServiceStatus, license: WorkerLicense | None, why: str
    ) -> None:
        body = ReportWorkerHealth(service_status=status, license=license, reason=why[:2000])
        await self._workers.report_health(worker.id, body)
        log.info("worker_health_changed", worker_id=worker.id, worker=worker.name, status=status.value, reason=why)


class NotReady(LcmError):
    def __init__(self, version: str) -> None:
        super().__init__(f"CML {version} answers and cannot start nodes.", code="cml-not-ready")
