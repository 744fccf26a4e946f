"""One more worker from a template, in answer to a demand; the same demand is never answered twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.commands.answers import stamp_of
from control_plane_api.application.rows import Rows
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.region_places import next_place
from control_plane_api.domain.entities import CMLWorker, WorkerTemplate
from control_plane_api.domain.entities.cml_worker_host import WORKER_STATUSES_WITHOUT_HOST
from control_plane_api.domain.identities import worker_template_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.workers import RequestScaleUp, ScaleUpAnswer
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import CMLWorkerReadModel, ScaleUpDemand

_COUNTED = tuple(status.value for status in CMLWorkerStatus if status is not CMLWorkerStatus.TERMINATED)
"""All but TERMINATED cost money, or may."""


@dataclass(frozen=True, slots=True)
class RequestScaleUpCommand(Command[ScaleUpAnswer]):
    request: RequestScaleUp


class RequestScaleUpCommandHandler:
    """The worker takes the next place of its region, as it does for bookings: of two who add one at once only one can,
    and the other looks again. So no demand is answered twice, and the limit of the region holds."""

    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def handle(self, command: RequestScaleUpCommand, uow: UnitOfWork, ctx: CommandContext) -> ScaleUpAnswer:
        """Raises RuleViolation for an unknown or disabled template, or when the region is full."""
        demand = command.request.demand
        template = await _template(uow, command.request.template_name)
        place = await next_place(uow, template.state.region)
        fleet = await self._workers.in_any("status", _COUNTED, region=place.region)
        answering = _already_answering(fleet, demand)
        if answering is not None:
            return ScaleUpAnswer(worker_id=answering.id, created=False)
        limit = (await fleet_policy(uow)).max_workers_per_region
        if len(fleet) >= limit:
            raise RuleViolation(
                f"Region {template.state.region} has {len(fleet)} workers, those on their way included; "
                f"at most {limit} are allowed.",
                code="fleet-limit",
                facts={"region": template.state.region, "workers": len(fleet), "limit": limit},
            )
        order = template.order(f"{template.state.name}-{place.id[:8]}")
        uow.add(CMLWorker.request(place.id, order, demand, stamp_of(ctx)))
        return ScaleUpAnswer(worker_id=place.id, created=True)


async def _template(uow: UnitOfWork, name: str) -> WorkerTemplate:
    template = await uow.find(WorkerTemplate, worker_template_id(name))
    if template is None:
        raise RuleViolation(
            f"There is no worker template {name!r}.", code="template-unknown", facts={"template_name": name}
        )
    return template


def _already_answering(fleet: Sequence[CMLWorkerReadModel], demand: ScaleUpDemand) -> CMLWorkerReadModel | None:
    """One that answers this very demand, or is on its way on behalf of all the same sessions."""
    wanted = set(demand.session_ids)
    for worker in fleet:
        if (
            worker.demand is not None
            and worker.demand.key == demand.key
            and worker.status not in WORKER_STATUSES_WITHOUT_HOST
        ):
            return worker
        if wanted and worker.on_the_way and worker.demand is not None and wanted <= set(worker.demand.session_ids):
            return worker
    return None
