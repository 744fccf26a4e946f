"""PENDING: a planned worker is left alone; of a wanted one exactly one instance is to exist, and be reported."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from lcm_core.clock import Clock
from lcm_core.contracts.workers import WorkerLaunched
from lcm_core.domain.enums import WorkerDesiredStatus
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerTemplateReadModel
from lcm_core.domain.values import AmiRequirement
from lcm_core.reconcile import Done, RequeueAfter, Result
from worker_controller.application.ports import Ec2Port
from worker_controller.application.services.reports import WorkerReports
from worker_controller.domain.ec2 import Ec2Instance, LaunchOrder
from worker_controller.domain.pace import TransitionPace


class TemplatesSource(Protocol):
    async def list(self) -> list[WorkerTemplateReadModel]: ...


class LaunchPhase:
    """A launch that cannot succeed fails the worker at once; one that might is tried for *give_up_seconds*."""

    def __init__(
        self,
        ec2: Ec2Port,
        templates: TemplatesSource,
        reports: WorkerReports,
        *,
        clock: Clock,
        pace: TransitionPace,
        give_up_seconds: float,
    ) -> None:
        self._ec2 = ec2
        self._templates = templates
        self._reports = reports
        self._clock = clock
        self._pace = pace
        self._give_up = timedelta(seconds=give_up_seconds)

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        match worker.desired_status:
            case WorkerDesiredStatus.TERMINATED:
                return await self._cancel(worker)
            case WorkerDesiredStatus.STOPPED:
                # bookings hold room on it, and the first one is not near: it is woken by a change of what is wanted
                return Done()
            case WorkerDesiredStatus.RUNNING:
                return await self._bring_about(worker)

    async def _bring_about(self, worker: CMLWorkerReadModel) -> Result:
        try:
            image_name, instance = await self._launch(worker)
        except FarEndError as error:
            tried_for = self._clock.now() - _wanted_since(worker)
            if error.retryable and tried_for < self._give_up:
                raise
            return await self._reports.failed(worker, f"could not be launched: {error}")
        return await self._reports.launched(
            worker,
            WorkerLaunched(
                ec2_instance_id=instance.id,
                ami_id=instance.image_id,
                ami_name=image_name,
                private_ip=instance.private_ip,
            ),
        )

    async def _launch(self, worker: CMLWorkerReadModel) -> tuple[str, Ec2Instance]:
        image = await self._ec2.newest_image(worker.region, await self._wanted_image(worker))
        order = LaunchOrder(
            worker_id=worker.id,
            name=worker.name,
            template_name=worker.template_name,
            instance_type=worker.instance_type,
            image=image,
            network=await self._ec2.launch_network(worker.region),
            storage_gb=worker.declared.storage_gb,
        )
        return image.name, await self._ec2.launch(worker.region, order)

    async def _wanted_image(self, worker: CMLWorkerReadModel) -> AmiRequirement:
        for template in await self._templates.list():
            if template.name == worker.template_name:
                return template.ami
        raise FarEndError(
            "control-plane-api",
            f"Template {worker.template_name!r} of worker {worker.name!r} does not exist any more.",
            retryable=False,
            code="template-gone",
        )

    async def _cancel(self, worker: CMLWorkerReadModel) -> Result:
        """Nobody wants it any more; an instance whose launch was not reported goes first."""
        launched = await self._ec2.find_by_worker(worker.region, worker.id)
        if not launched:
            return await self._reports.terminated(worker, "cancelled before anything was launched")
        for instance in launched:
            await self._ec2.terminate(worker.region, instance.id)
        return RequeueAfter(self._pace.longest_seconds, "an instance launched in vain to be terminated")


def _wanted_since(worker: CMLWorkerReadModel) -> datetime:
    """A planned worker may be months old when it is woken; it is expected its start-up time after that."""
    if worker.expected_ready_at is None:
        return worker.status_changed_at
    return max(worker.status_changed_at, worker.expected_ready_at - timedelta(seconds=worker.startup_seconds))
