"""Does with one stray instance what the policy says: terminate it, adopt it, or leave it to people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import AdoptWorker
from lcm_core.domain.errors import Conflict, DomainError, FarEndError, InvalidInput, NotFound
from lcm_core.domain.fleet_care import OrphanAction, WorkerCareTerms
from lcm_core.domain.read_models import (
    StrayDecision,
    StrayInstance,
    StrayKind,
    StrayVerdict,
    WorkerTemplateReadModel,
)
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from worker_controller.application.ports import CmlHosts, Ec2Port, InstanceTagsPort
from worker_controller.domain.adoption import SETTLED, adoption_refusal
from worker_controller.domain.ec2 import Ec2Instance, Ec2State, MachineImage

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Handled:
    """``did`` names what was done, "" when it was left; ``why`` is a sentence for people in both cases.

    ``held_by`` names what kept it from being done.
    """

    did: str
    why: str
    held_by: str = ""


class StrayHandler:
    """Nothing that its worker did not leave behind is terminated when there is, or may be, a lab on it.

    What an operator has decided comes before the policy.
    """

    def __init__(
        self, client: ControlPlaneApiClient, ec2: Ec2Port, tags: InstanceTagsPort, hosts: CmlHosts, *, clock: Clock
    ) -> None:
        self._workers = client.workers
        self._templates = client.templates
        self._ec2 = ec2
        self._tags = tags
        self._hosts = hosts
        self._clock = clock

    async def handle(self, instance: Ec2Instance, flag: StrayInstance, terms: WorkerCareTerms) -> Handled:
        """A far end that does not do it leaves it for the next look, and others are dealt with meanwhile."""
        try:
            return await self._handled(instance, flag, terms)
        except FarEndError as error:
            return Handled("", f"Tried, and will be tried again: {error.message}", "far_end")

    async def _handled(self, instance: Ec2Instance, flag: StrayInstance, terms: WorkerCareTerms) -> Handled:
        if flag.decision is not None:
            return await self._decided(instance, flag.decision)
        match flag.kind:
            case StrayKind.LEFTOVER:
                return await self._terminate(instance, "its worker is gone, or only planned")
            case StrayKind.DUPLICATE:
                return await self._terminate_when_empty(instance, "its worker has another instance")
            case StrayKind.UNKNOWN:
                return await self._orphan(instance, flag, terms)

    async def _decided(self, instance: Ec2Instance, decision: StrayDecision) -> Handled:
        if decision.verdict is StrayVerdict.LEAVE:
            return Handled("", f"{decision.by} leaves it as it is: {decision.reason}", "decision")
        # between the look at the fleet and this decision somebody may have taken it in
        for worker in await self._workers.list():
            if instance.id in (worker.ec2_instance_id, worker.import_of):
                return Handled("", f"Worker {worker.name!r} stands for it now; it is not terminated.", "on_record")
        why = f"{decision.by} wants it gone: {decision.reason}"
        if decision.with_labs:
            return await self._terminate(instance, why)
        return await self._terminate_when_empty(instance, why)

    async def _orphan(self, instance: Ec2Instance, flag: StrayInstance, terms: WorkerCareTerms) -> Handled:
        if instance.released:
            return Handled("", f"A worker stood for it and failed: {instance.released}", "released")
        match terms.orphans:
            case OrphanAction.FLAG:
                return Handled("", "No worker on record stands for it.", "policy")
            case OrphanAction.ADOPT:
                return await self._adopt(instance)
            case OrphanAction.TERMINATE_AFTER_GRACE:
                left = flag.flagged_at + timedelta(seconds=terms.orphan_grace_seconds) - self._clock.now()
                if left > timedelta():
                    return Handled("", f"It is terminated in {left.total_seconds():.0f} s if it has no lab.", "grace")
                return await self._terminate_when_empty(instance, "nobody has taken it in within the grace")

    async def _adopt(self, instance: Ec2Instance) -> Handled:
        if instance.state not in SETTLED:
            return Handled("", f"It is {instance.state.value}; it is adopted when it runs or is stopped.", "state")
        try:
            template = await self._templates.get(instance.template_name) if instance.template_name else None
        except NotFound:
            template = None
        if template is None:
            named = repr(instance.template_name) if instance.template_name else "none"
            return Handled("", f"Its tag lcm:template names no template that there is ({named}).", "template")
        image = await self._tags.image(instance.region, instance.image_id)
        why = adoption_refusal(instance, template, image, fleet=self._tags.fleet)
        if why is not None:
            return Handled("", why, "fit")
        return await self._take_in(instance, template, image)

    async def _take_in(
        self, instance: Ec2Instance, template: WorkerTemplateReadModel, image: MachineImage | None
    ) -> Handled:
        """On record first: an instance whose worker has its id is that worker's, whatever its tag says."""
        body = AdoptWorker(
            template_name=template.name,
            region=instance.region,
            ec2_instance_id=instance.id,
            instance_type=instance.instance_type,
            ami_id=instance.image_id,
            ami_name=image.name if image is not None else instance.image_id,
            private_ip=instance.private_ip,
            stopped=instance.state is Ec2State.STOPPED,
            reason=f"adopted by policy: found {instance.state.value}, tagged as this fleet's, of no worker on record",
        )
        try:
            made = await self._workers.adopt(body)
        except (DomainError, Conflict, InvalidInput) as refused:
            return Handled("", refused.message, refused.code[:60])
        await self._tags.claim(instance.region, instance.id, made.worker_id, template.name)
        return Handled("adopted", f"It is worker {made.worker_id} now.")

    async def _terminate_when_empty(self, instance: Ec2Instance, why: str) -> Handled:
        if instance.state is not Ec2State.RUNNING or instance.private_ip is None:
            told = f"It is {instance.state.value}, and CML on it cannot say whether there are labs."
            return Handled("", f"{told} It is terminated once it runs and says that there is none.", "labs_unknown")
        try:
            labs = await self._hosts.at(instance.private_ip).labs()
        except FarEndError as error:
            told = f"CML on it does not say whether there are labs: {error.message}"
            return Handled("", f"{told} It is terminated when it says that there is none.", "labs_unknown")
        if labs:
            return Handled("", f"{len(labs)} labs are on it; it is terminated when they are removed ({why}).", "labs")
        return await self._terminate(instance, why)

    async def _terminate(self, instance: Ec2Instance, why: str) -> Handled:
        await self._ec2.terminate(instance.region, instance.id)
        return Handled("terminated", f"Terminated: {why}.")
