"""Conditions of many instances, asked for in one call for each region."""

from __future__ import annotations

from collections.abc import Mapping

from worker_controller.application.ports import Ec2Port
from worker_controller.application.services.batched_lookup import BatchedLookup
from worker_controller.domain.host_condition import HostCondition

ConditionLookup = BatchedLookup[tuple[str, str], HostCondition]
"""By (region, instance id)."""


def host_condition_lookup(ec2: Ec2Port) -> ConditionLookup:
    async def fetch(wanted: frozenset[tuple[str, str]]) -> Mapping[tuple[str, str], HostCondition]:
        found: dict[tuple[str, str], HostCondition] = {}
        for region in sorted({region for region, _ in wanted}):
            ids = [instance_id for asked_region, instance_id in wanted if asked_region == region]
            rows = await ec2.conditions(region, ids)
            found.update({(region, instance_id): row for instance_id, row in rows.items()})
        return found

    return BatchedLookup(fetch)
