"""One more worker in a region, within its limit, however many ask at once."""

from __future__ import annotations

from collections.abc import Sequence

from control_plane_api.application.rows import Rows
from control_plane_api.application.services.admission import opening_key
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.domain.entities import CMLWorker, WorkerTemplate
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import worker_id, worker_template_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import RuleViolation, VersionConflict
from lcm_core.domain.read_models import CMLWorkerReadModel, ScaleUpDemand

_COUNTED = tuple(status for status in CMLWorkerStatus if status is not CMLWorkerStatus.TERMINATED)
"""All but TERMINATED cost money, or may."""


class FleetGrowth:
    """The worker's id follows from the workers that its region has, as it does for bookings: of two who add one to the
    same fleet at once only one can, and the other looks again."""

    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def fleet(self, region: str) -> list[CMLWorkerReadModel]:
        """Every worker of *region* that counts against its limit."""
        return await self._workers.in_any("status", [status.value for status in _COUNTED], region=region)

    async def add(
        self,
        uow: UnitOfWork,
        template: WorkerTemplate,
        fleet: Sequence[CMLWorkerReadModel],
        demand: ScaleUpDemand | None,
        stamp: Stamp,
        *,
        planned: bool = False,
    ) -> CMLWorker:
        """Raises RuleViolation for a disabled template, or when the region, which has *fleet*, is full."""
        region = template.state.region
        limit = (await fleet_policy(uow)).max_workers_per_region
        if len(fleet) >= limit:
            raise RuleViolation(
                f"Region {region} has {len(fleet)} workers, those on their way included; at most {limit} are allowed.",
                code="fleet-limit",
                facts={"region": region, "workers": len(fleet), "limit": limit},
            )
        id = await _free_id(uow, opening_key(region, [worker.id for worker in fleet]))
        order = template.order(f"{template.state.name}-{id[:8]}")
        worker = CMLWorker.request(id, order, demand, stamp, planned=planned)
        uow.add(worker)
        return worker


async def template_named(uow: UnitOfWork, name: str) -> WorkerTemplate:
    """Raises RuleViolation when there is none."""
    template = await uow.find(WorkerTemplate, worker_template_id(name))
    if template is None:
        raise RuleViolation(
            f"There is no worker template {name!r}.", code="template-unknown", facts={"template_name": name}
        )
    return template


async def _free_id(uow: UnitOfWork, key: str) -> str:
    """The id for one more worker of a fleet; raises VersionConflict when somebody has just added one to it."""
    generation = 0
    while (worker := await uow.find(CMLWorker, id := worker_id(key, generation))) is not None:
        if worker.state.status is not CMLWorkerStatus.TERMINATED:
            raise VersionConflict(worker.stream, 0)
        generation += 1
    return id
