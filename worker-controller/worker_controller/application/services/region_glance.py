"""All instances of a region as they were a moment ago: one call answers for every worker that only has to be there."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from lcm_core.clock import Clock
from worker_controller.application.ports import Ec2Port
from worker_controller.domain.ec2 import Ec2Instance


@dataclass(slots=True)
class _Region:
    seen_at: float = float("-inf")
    instances: Mapping[str, Ec2Instance] = field(default_factory=dict[str, Ec2Instance])
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)


class RegionGlance:
    """*fresh_seconds* is how old an answer may be."""

    def __init__(self, ec2: Ec2Port, *, fresh_seconds: float, clock: Clock) -> None:
        self._ec2 = ec2
        self._fresh_seconds = fresh_seconds
        self._clock = clock
        self._regions: dict[str, _Region] = {}

    async def at(self, region: str, instance_id: str) -> Ec2Instance | None:
        """None when it was not among those that are alive: that is a reason to ask again, not yet a fact."""
        known = self._regions.setdefault(region, _Region())
        async with known.looking:
            if self._clock.monotonic() - known.seen_at >= self._fresh_seconds:
                asked_at = self._clock.monotonic()
                known.instances = {row.id: row for row in await self._ec2.managed(region)}
                known.seen_at = asked_at
        return known.instances.get(instance_id)
