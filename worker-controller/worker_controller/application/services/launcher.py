"""Gets one instance for one worker, whatever fails on the way.

Each request is on record, exactly as it will be made, before EC2 sees it, and has a client token of its own. Whoever
comes after a crash or a lost answer makes the very same request again and gets the same instance; only what EC2 has
refused is given up for the next option.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from lcm_core.clock import Clock
from lcm_core.contracts.workers import RecordLaunchAttempts
from lcm_core.domain.errors import FarEndError, NotFound
from lcm_core.domain.provisioning import LaunchAttempt, LaunchOutcome, RegionNetwork, rendered_user_data
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerTemplateReadModel
from lcm_core.integration.clients.workers_api import WorkersApi
from worker_controller.application.ports import Ec2Port
from worker_controller.application.services import provisioning_metrics
from worker_controller.domain.ec2 import Ec2Instance, LaunchNetwork, LaunchOrder, MachineImage, client_token
from worker_controller.domain.launch_plan import (
    ADVICE,
    MOST_OPTIONS,
    REFUSALS,
    LaunchOption,
    first_open,
    not_equivalent,
    options_of,
    this_round,
)

log = structlog.stdlib.get_logger(__name__)


class TemplatesSource(Protocol):
    async def get(self, name: str, version: int = 0) -> WorkerTemplateReadModel: ...


@dataclass(frozen=True, slots=True)
class Launched:
    """``attempt`` is None for an instance that was there before launches were on record."""

    instance: Ec2Instance
    attempt: LaunchAttempt | None


@dataclass(frozen=True, slots=True)
class NothingToBeHad:
    """Every option was refused in this round; ``attempts`` are all that are known."""

    attempts: tuple[LaunchAttempt, ...]
    retry_after_seconds: float


class FinallyRefused(FarEndError):
    """EC2 would refuse it again; the message says what to do."""

    def __init__(self, error: FarEndError) -> None:
        advice = ADVICE.get(aws_code(error), "")
        super().__init__(
            error.system, f"{error.message} {advice}".strip(), retryable=False, code=error.code, facts=error.facts
        )


class Launcher:
    """Between two rounds over all options *round_seconds* pass."""

    def __init__(
        self,
        ec2: Ec2Port,
        templates: TemplatesSource,
        workers: WorkersApi,
        *,
        fleet: str,
        clock: Clock,
        round_seconds: float,
    ) -> None:
        self._ec2 = ec2
        self._templates = templates
        self._workers = workers
        self._fleet = fleet
        self._clock = clock
        self._round_seconds = round_seconds

    async def launch(self, worker: CMLWorkerReadModel) -> Launched | NothingToBeHad:
        """Raises FarEndError: retryable when the outcome is open, ``FinallyRefused`` when nothing else will help."""
        attempts = list(worker.launch_attempts)
        rest = self._until_next_round(attempts)
        if rest > 0:
            return NothingToBeHad(tuple(attempts), rest)
        menu = _Menu(worker, self._ec2, self._templates)
        attempt = worker.launch_under_way or await self._begin(worker, attempts, menu)
        while attempt is not None:
            try:
                instance = await self._ec2.launch(worker.region, await self._order(worker, attempt, menu))
            except FarEndError as error:
                attempt = await self._after(worker, attempts, attempt, error, menu)
            else:
                provisioning_metrics.launch_attempted(attempt.purchase, "launched")
                return Launched(instance, attempt)
        return NothingToBeHad(tuple(attempts), self._round_seconds)

    def _until_next_round(self, attempts: Sequence[LaunchAttempt]) -> float:
        """A refusal is recorded together with the launch that follows it; one that stands alone ended its round."""
        if not attempts or attempts[-1].outcome is not LaunchOutcome.REFUSED:
            return 0.0
        return self._round_seconds - (self._clock.now() - attempts[-1].at).total_seconds()

    async def _begin(
        self, worker: CMLWorkerReadModel, attempts: list[LaunchAttempt], menu: _Menu
    ) -> LaunchAttempt | None:
        """The first launch of a new round, on record."""
        number = attempts[-1].round + 1 if attempts else 1
        attempt = await self._next(worker, attempts, menu, round=number)
        if attempt is not None:
            await self._record(worker, attempts, attempt)
        return attempt

    async def _after(
        self,
        worker: CMLWorkerReadModel,
        attempts: list[LaunchAttempt],
        attempt: LaunchAttempt,
        error: FarEndError,
        menu: _Menu,
    ) -> LaunchAttempt | None:
        """What to try after *error*: on record together with the refusal; None when the round is over."""
        code = aws_code(error)
        if code not in REFUSALS and error.retryable:
            raise error
        provisioning_metrics.launch_attempted(attempt.purchase, code or error.code)
        refused = attempt.model_copy(
            update={"outcome": LaunchOutcome.REFUSED, "code": (code or error.code)[:100], "reason": error.message[:500]}
        )
        log.warning("launch_refused", worker_id=worker.id, attempt=attempt.number, code=code, reason=error.message)
        if code not in REFUSALS:
            await self._record(worker, attempts, refused)
            raise FinallyRefused(error) from error
        tried = [*this_round(attempts)[:-1], refused]
        following = None
        if len(tried) < MOST_OPTIONS:
            following = await self._next(worker, [*attempts[:-1], refused], menu, round=attempt.round)
        await self._record(worker, attempts, refused, *([following] if following else []))
        return following

    async def _next(
        self, worker: CMLWorkerReadModel, attempts: Sequence[LaunchAttempt], menu: _Menu, *, round: int
    ) -> LaunchAttempt | None:
        option = await menu.first_open([each for each in attempts if each.round == round])
        if option is None:
            return None
        image = await menu.image(option.template)
        return LaunchAttempt(
            number=attempts[-1].number + 1 if attempts else 1,
            round=round,
            at=self._clock.now(),
            template_name=option.template.name,
            template_version=option.template.version,
            instance_type=option.instance_type,
            purchase=option.purchase,
            image_id=image.id,
            image_name=image.name,
            root_device=image.root_device,
            subnet_id=option.network.subnet_id,
            zone=option.network.zone,
            security_group_ids=option.network.security_group_ids,
        )

    async def _record(self, worker: CMLWorkerReadModel, attempts: list[LaunchAttempt], *changed: LaunchAttempt) -> None:
        await self._workers.record_launch_attempts(worker.id, RecordLaunchAttempts(attempts=changed))
        numbers = {each.number for each in changed}
        attempts[:] = [*(each for each in attempts if each.number not in numbers), *changed]

    async def _order(self, worker: CMLWorkerReadModel, attempt: LaunchAttempt, menu: _Menu) -> LaunchOrder:
        """The request of *attempt*: a pure function of what is on record, so that it is the same one every time."""
        template = await menu.template(attempt.template_name, attempt.template_version)
        terms = template.provisioning
        values = {
            "worker_id": worker.id,
            "worker_name": worker.name,
            "template_name": worker.template_name,
            "region": worker.region,
            "fleet": self._fleet,
        }
        return LaunchOrder(
            worker_id=worker.id,
            name=worker.name,
            template_name=worker.template_name,
            instance_type=attempt.instance_type,
            image=MachineImage(attempt.image_id, attempt.image_name, attempt.root_device),
            network=LaunchNetwork(attempt.subnet_id, attempt.security_group_ids, attempt.zone),
            storage_gb=worker.declared.storage_gb,
            token=client_token(worker, attempt.number),
            purchase=attempt.purchase,
            max_price_usd_per_hour=terms.purchase.max_price_usd_per_hour,
            volume=terms.volume,
            tags=terms.tags,
            user_data=rendered_user_data(terms.user_data, values),
        )


class _Menu:
    """What there is to choose from for one worker, each thing asked for once."""

    def __init__(self, worker: CMLWorkerReadModel, ec2: Ec2Port, templates: TemplatesSource) -> None:
        self._worker = worker
        self._ec2 = ec2
        self._source = templates
        self._templates: dict[tuple[str, int], WorkerTemplateReadModel] = {}
        self._networks: dict[str, tuple[LaunchNetwork, ...]] = {}
        self._images: dict[str, MachineImage] = {}

    async def first_open(self, refused: Sequence[LaunchAttempt]) -> LaunchOption | None:
        async for template in self._candidates():
            option = first_open(options_of(template, await self._networks_of(template)), refused)
            if option is not None:
                return option
        return None

    async def template(self, name: str, version: int) -> WorkerTemplateReadModel:
        found = self._templates.get((name, version))
        if found is None:
            try:
                found = self._templates[(name, version)] = await self._source.get(name, version)
            except NotFound as error:
                raise FarEndError(
                    "control-plane-api",
                    f"Template {name!r} of worker {self._worker.name!r} does not exist any more.",
                    retryable=False,
                    code="template-gone",
                ) from error
        return found

    async def image(self, template: WorkerTemplateReadModel) -> MachineImage:
        found = self._images.get(template.name)
        if found is None:
            found = self._images[template.name] = await self._ec2.newest_image(self._worker.region, template.ami)
        return found

    async def _candidates(self) -> AsyncIterator[WorkerTemplateReadModel]:
        """The worker's own template, then those that do as well and can be used now."""
        own = await self.template(self._worker.template_name, self._worker.template_version)
        yield own
        for name in own.provisioning.fallback_templates:
            other = await self._fallback(name)
            if other is not None:
                yield other

    async def _fallback(self, name: str) -> WorkerTemplateReadModel | None:
        """None, and said why, when it cannot be used now."""
        try:
            other = await self.template(name, 0)
            why = not_equivalent(self._worker, other)
            if not why:
                await self.image(other)
                return other
        except FarEndError as error:
            if error.retryable:
                raise
            why = error.message
        log.warning("fallback_template_left_out", worker_id=self._worker.id, template=name, reason=why)
        return None

    async def _networks_of(self, template: WorkerTemplateReadModel) -> tuple[LaunchNetwork, ...]:
        found = self._networks.get(template.name)
        if found is None:
            named = template.provisioning.networks.get(self._worker.region, RegionNetwork())
            found = await self._ec2.launch_networks(self._worker.region, named)
            self._networks[template.name] = found
        return found


def aws_code(error: FarEndError) -> str:
    """The code that AWS gave, "" when there was no answer."""
    return str(error.facts.get("aws_code", ""))
