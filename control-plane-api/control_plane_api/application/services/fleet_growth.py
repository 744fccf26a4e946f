"""One more worker in a region, within its limit, however many ask at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from control_plane_api.application.rows import Rows
from control_plane_api.application.services.fleet_policy import fleet_policy
from control_plane_api.application.services.region_places import Place, next_place
from control_plane_api.domain.entities import CMLWorker, WorkerTemplate
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import worker_template_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.read_models import CMLWorkerReadModel, ScaleUpDemand

_COUNTED = tuple(status for status in CMLWorkerStatus if status is not CMLWorkerStatus.TERMINATED)
"""All but TERMINATED cost money, or may."""


@dataclass(frozen=True, slots=True)
class CountedFleet:
    """The workers of a region that count against its limit, and the place that one more of them takes."""

    place: Place
    workers: Sequence[CMLWorkerReadModel]


class FleetGrowth:
    """The worker takes the next place of its region, as it does for bookings: of two who add one at once only one can,
    and the other looks again."""

    def __init__(self, workers: Rows[CMLWorkerReadModel]) -> None:
        self._workers = workers

    async def fleet(self, region: str) -> list[CMLWorkerReadModel]:
        """Every worker of *region* that counts against its limit."""
        return await self._workers.in_any("status", [status.value for status in _COUNTED], region=region)

    async def counted(self, uow: UnitOfWork, region: str) -> CountedFleet:
        """The place first: a count is good for whoever has asked for the place before it."""
        place = await next_place(uow, region)
        return CountedFleet(place, await self.fleet(region))

    async def add(
        self,
        uow: UnitOfWork,
        template: WorkerTemplate,
        fleet: CountedFleet,
        demand: ScaleUpDemand | None,
        stamp: Stamp,
        *,
        planned: bool = False,
    ) -> CMLWorker:
        """Raises RuleViolation for a disabled template, or when the region, which has *fleet*, is full."""
        region, workers = template.state.region, len(fleet.workers)
        limit = (await fleet_policy(uow)).max_workers_per_region
        if workers >= limit:
            raise RuleViolation(
                f"Region {region} has {workers} workers, those on their way included; at most {limit} are allowed.",
                code="fleet-limit",
                facts={"region": region, "workers": workers, "limit": limit},
            )
        order = template.order(f"{template.state.name}-{fleet.place.id[:8]}")
        worker = CMLWorker.request(fleet.place.id, order, demand, stamp, planned=planned)
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
