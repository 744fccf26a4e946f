"""The pure consolidation plan, made beside the loop: it takes a tenth of a second, during which others go on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lcm_core.placement.consolidation import plan_consolidation
from lcm_core.placement.fleet import FleetSnapshot, PlacementRequest
from lcm_core.placement.making_room import Move
from lcm_core.placement.packing import EFFORT_OF_100_MS, within


async def plan_within_budget(
    fleet: FleetSnapshot, movable: Sequence[PlacementRequest], *, max_moves: int
) -> Sequence[Move]:
    """A ``ConsolidationPlanner``. The same fleet and bookings give the same moves, however busy the machine is."""
    plan = await asyncio.to_thread(
        plan_consolidation, fleet, movable, max_moves=max_moves, may_go_on=within(EFFORT_OF_100_MS)
    )
    return plan.moves
