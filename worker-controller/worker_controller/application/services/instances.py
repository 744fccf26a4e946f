"""The EC2 instance of a worker: as EC2 tells it now, or as it was a moment ago."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lcm_core.clock import Clock, SystemClock
from lcm_core.domain.read_models import CMLWorkerReadModel
from worker_controller.application.ports import Ec2Port
from worker_controller.application.services.batched_lookup import BatchedLookup
from worker_controller.application.services.region_glance import RegionGlance
from worker_controller.domain.ec2 import Ec2Instance, Ec2State


class _Where(NamedTuple):
    region: str
    instance_id: str


class Instances:
    """Looks many workers up in one call for each region.

    Exact answers are fetched after the question, calls for them *distance_seconds* apart; a glance may be
    *glance_seconds* old.
    """

    def __init__(
        self,
        ec2: Ec2Port,
        *,
        distance_seconds: float = 0.0,
        glance_seconds: float = 0.0,
        clock: Clock | None = None,
    ) -> None:
        self._ec2 = ec2
        keeping_time = clock or SystemClock()
        self._states: BatchedLookup[_Where, Ec2Instance] = BatchedLookup(
            self._describe, distance_seconds=distance_seconds, clock=keeping_time
        )
        self._glance = RegionGlance(ec2, fresh_seconds=glance_seconds, clock=keeping_time)

    async def glance(self, worker: CMLWorkerReadModel) -> Ec2Instance | None:
        """As ``of``, for a worker that is expected to run: only what looks otherwise is asked for exactly."""
        if worker.ec2_instance_id is not None:
            seen = await self._glance.at(worker.region, worker.ec2_instance_id)
            if seen is not None and seen.state is Ec2State.RUNNING:
                return seen
        return await self.of(worker)

    async def of(self, worker: CMLWorkerReadModel) -> Ec2Instance | None:
        """None when EC2 knows none: never launched, or gone for long.

        A worker without a recorded id is looked up by its tag: a launch may have been cut off before it was reported.
        """
        if worker.ec2_instance_id is not None:
            return await self._states.get(_Where(worker.region, worker.ec2_instance_id))
        launched = await self._ec2.find_by_worker(worker.region, worker.id)
        return launched[0] if launched else None

    async def _describe(self, wanted: frozenset[_Where]) -> Mapping[_Where, Ec2Instance]:
        found: dict[_Where, Ec2Instance] = {}
        for region in sorted({where.region for where in wanted}):
            ids = [where.instance_id for where in wanted if where.region == region]
            rows = await self._ec2.describe(region, ids)
            found.update({_Where(region, instance_id): row for instance_id, row in rows.items()})
        return found
