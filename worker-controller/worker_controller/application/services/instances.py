"""The EC2 instance of a worker, as EC2 tells it now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lcm_core.domain.read_models import CMLWorkerReadModel
from worker_controller.application.ports import Ec2Port
from worker_controller.application.services.batched_lookup import BatchedLookup
from worker_controller.domain.ec2 import Ec2Instance


class _Where(NamedTuple):
    region: str
    instance_id: str


class Instances:
    """Looks many workers up in one call for each region."""

    def __init__(self, ec2: Ec2Port) -> None:
        self._ec2 = ec2
        self._states: BatchedLookup[_Where, Ec2Instance] = BatchedLookup(self._describe)

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
