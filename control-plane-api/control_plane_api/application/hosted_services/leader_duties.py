"""Work that one instance at a time does, whichever leads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from lcm_core.coordination import LeaderElection, Leadership


class Duty(Protocol):
    async def run(self) -> None:
        """Run until cancelled."""
        ...


class LeaderDuties:
    """A hosted service that stands for election and runs every duty while it leads."""

    name = "leader-duties"

    def __init__(self, election: LeaderElection, duties: Sequence[Duty]) -> None:
        self._election = election
        self._duties = duties

    async def run(self) -> None:
        await self._election.run(self._lead)

    async def _lead(self, leadership: Leadership) -> None:
        del leadership
        async with asyncio.TaskGroup() as group:
            for duty in self._duties:
                group.create_task(duty.run())
