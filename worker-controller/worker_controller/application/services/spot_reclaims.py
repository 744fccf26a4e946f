"""Whether EC2 takes spot instances back, asked for many in one call for each region."""

from __future__ import annotations

from collections.abc import Mapping

from worker_controller.application.ports import Ec2Port
from worker_controller.application.services.batched_lookup import BatchedLookup

ReclaimLookup = BatchedLookup[tuple[str, str], str]
"""What EC2 says, by (region, instance id)."""


def reclaim_lookup(ec2: Ec2Port) -> ReclaimLookup:
    async def fetch(wanted: frozenset[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for region in sorted({region for region, _ in wanted}):
            ids = [instance_id for asked_region, instance_id in wanted if asked_region == region]
            told = await ec2.reclaims(region, ids)
            found.update({(region, instance_id): why for instance_id, why in told.items()})
        return found

    return BatchedLookup(fetch)
