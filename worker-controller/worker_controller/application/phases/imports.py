"""PENDING, with an instance that somebody wants to be this worker: look at it, mark it as ours, take it in."""

from __future__ import annotations

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import AdoptWorker
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.errors import DomainError, NotFound
from lcm_core.domain.provisioning import FailureEvidence
from lcm_core.domain.read_models import CMLWorkerReadModel
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import RequeueAfter, Result
from worker_controller.application.phases.phase import Phase
from worker_controller.application.ports import Ec2Port, InstanceTagsPort
from worker_controller.application.services.reports import WorkerReports
from worker_controller.domain.adoption import SETTLED, adoption_refusal
from worker_controller.domain.ec2 import GONE, Ec2Instance, Ec2State
from worker_controller.domain.pace import TransitionPace

log = structlog.stdlib.get_logger(__name__)


class ImportPhase:
    """The instance is marked before it is on record: whoever comes after a crash finds the wish, and marks it again.

    A refusal fails the worker with the reason; the instance is left alone.
    """

    def __init__(
        self,
        launching: Phase,
        client: ControlPlaneApiClient,
        ec2: Ec2Port,
        tags: InstanceTagsPort,
        reports: WorkerReports,
        *,
        clock: Clock,
        pace: TransitionPace,
    ) -> None:
        self._launching = launching
        self._workers = client.workers
        self._templates = client.templates
        self._ec2 = ec2
        self._tags = tags
        self._reports = reports
        self._clock = clock
        self._pace = pace

    async def step(self, worker: CMLWorkerReadModel) -> Result:
        """Of a worker that is to be launched: what *launching* does."""
        if worker.import_of is None:
            return await self._launching.step(worker)
        found = (await self._ec2.describe(worker.region, [worker.import_of])).get(worker.import_of)
        if worker.desired_status is not WorkerDesiredStatus.RUNNING:
            told = "import cancelled before the instance was taken in"
            await self._let_go(worker, found, told)
            return await self._reports.terminated(worker, told)
        if found is None:
            return await self._refuse(
                worker,
                None,
                f"EC2 knows no instance {worker.import_of} in {worker.region}, or this account may not see it.",
            )
        if found.state not in SETTLED and found.state not in GONE:
            pause = self._pace.after(worker.status_changed_at, self._clock.now())
            return RequeueAfter(pause, f"the instance to be imported, which is {found.state.value}")
        refusal = await self._refusal(worker, found)
        if refusal is not None:
            return await self._refuse(worker, found, refusal)
        return await self._take_in(worker, found)

    async def _refusal(self, worker: CMLWorkerReadModel, found: Ec2Instance) -> str | None:
        owner = await self._owner(worker, found)
        if owner is not None:
            return f"{found.id} is the instance of worker {owner.name!r} ({owner.status.value})."
        try:
            template = await self._templates.get(worker.template_name, worker.template_version)
        except NotFound:
            return f"Template {worker.template_name!r} does not exist any more."
        image = await self._tags.image(found.region, found.image_id)
        return adoption_refusal(found, template, image, fleet=self._tags.fleet)

    async def _owner(self, worker: CMLWorkerReadModel, found: Ec2Instance) -> CMLWorkerReadModel | None:
        """Another live worker that the instance says it is of."""
        if found.worker_id in (None, worker.id):
            return None
        try:
            owner = await self._workers.get(found.worker_id)
        except NotFound:
            return None
        return owner if owner.status is not CMLWorkerStatus.TERMINATED else None

    async def _take_in(self, worker: CMLWorkerReadModel, found: Ec2Instance) -> Result:
        image = await self._tags.image(found.region, found.image_id)
        await self._tags.claim(found.region, found.id, worker.id, worker.template_name)
        body = AdoptWorker(
            worker_id=worker.id,
            template_name=worker.template_name,
            region=worker.region,
            ec2_instance_id=found.id,
            instance_type=found.instance_type,
            ami_id=found.image_id,
            ami_name=image.name if image is not None else found.image_id,
            private_ip=found.private_ip,
            stopped=found.state is Ec2State.STOPPED,
            reason=f"imported as {worker.name}, found {found.state.value}",
        )
        try:
            await self._workers.adopt(body)
        except DomainError as refused:
            return await self._refuse(worker, found, refused.message)
        log.info("worker_imported", worker_id=worker.id, ec2_instance_id=found.id, state=found.state.value)
        return RequeueAfter(0)

    async def _refuse(self, worker: CMLWorkerReadModel, found: Ec2Instance | None, why: str) -> Result:
        await self._let_go(worker, found, why)
        log.warning("import_refused", worker_id=worker.id, ec2_instance_id=worker.import_of, reason=why)
        return await self._reports.failed(worker, f"not imported: {why}", FailureEvidence())

    async def _let_go(self, worker: CMLWorkerReadModel, found: Ec2Instance | None, why: str) -> None:
        """Before the worker is over: an instance that is marked as a dead worker's would be taken for a leftover."""
        if found is not None and found.worker_id == worker.id and found.state not in GONE:
            await self._tags.release(found.region, found.id, f"{worker.name}: {why}")
