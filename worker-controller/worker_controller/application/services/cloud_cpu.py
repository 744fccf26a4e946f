"""CloudWatch figures of many instances, asked for in one call for each region."""

from __future__ import annotations

from collections.abc import Mapping

from worker_controller.application.ports import CloudMetricsPort
from worker_controller.application.services.batched_lookup import BatchedLookup


def cloud_cpu_lookup(cloud: CloudMetricsPort) -> BatchedLookup[tuple[str, str], float]:
    """CPU utilisation in percent by (region, instance id)."""

    async def fetch(wanted: frozenset[tuple[str, str]]) -> Mapping[tuple[str, str], float]:
        found: dict[tuple[str, str], float] = {}
        for region in sorted({region for region, _ in wanted}):
            ids = [instance_id for asked_region, instance_id in wanted if asked_region == region]
            figures = await cloud.cpu_percent(region, ids)
            found.update({(region, instance_id): figure for instance_id, figure in figures.items()})
        return found

    return BatchedLookup(fetch)
