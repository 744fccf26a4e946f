"""Has those who wait for room looked at again when there may be some: as many as it takes, and no herd."""

from __future__ import annotations

from collections.abc import Callable

from lcm_core.placement.engine import PlacementEngine
from lcm_core.reconcile import Done, Result
from resource_scheduler.application.services.fleet_view import FleetView
from resource_scheduler.application.services.waiting_sessions import WaitingSessions
from resource_scheduler.domain.wake_order import who_may_come

WAITING_KEY = "waiting"


class WakeUps:
    """Implements ``Reconciler`` with one key: changes that come together are looked at together."""

    def __init__(
        self, fleet: FleetView, waiting: WaitingSessions, engine: PlacementEngine, wake: Callable[[str], None]
    ) -> None:
        self._fleet = fleet
        self._waiting = waiting
        self._engine = engine
        self._wake = wake

    async def list_keys(self) -> list[str]:
        """The fleet is read again with each resync: room whose making no watch told of is found all the same."""
        await self._fleet.reload()
        return [WAITING_KEY] if len(self._waiting) else []

    async def reconcile(self, key: str) -> Result:
        waiting = self._waiting.all()
        if waiting:
            for session_id in who_may_come(waiting, await self._fleet.snapshot(), self._engine):
                self._wake(session_id)
        return Done()
