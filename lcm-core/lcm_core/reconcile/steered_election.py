"""Standing for election while orders are followed: what whoever is steered does alike, whatever it does as leader."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from lcm_core.coordination import LeaderElection, Leadership
from lcm_core.reconcile.steering import Steered, Steering

Begin = Callable[[asyncio.TaskGroup, Leadership], None]


class SteeredElection:
    """Without *steering* nobody is asked for orders."""

    def __init__(self, election: LeaderElection, steering: Steering | None) -> None:
        self._election = election
        self._steering = steering

    async def run(self, steered: Steered, begin: Begin) -> None:
        """Until cancelled. In each term *begin* starts the work, as tasks of a group that ends with the term.

        Orders are followed by leaders and others alike, so that a change of leader changes nothing about a pause.
        """

        async def lead(leadership: Leadership) -> None:
            if self._steering is not None:
                await self._steering.wait_for_first_orders()
            async with asyncio.TaskGroup() as group:
                if self._steering is not None:
                    group.create_task(self._steering.tell(steered, leadership), name="tells how it is")
                begin(group, leadership)

        async with asyncio.TaskGroup() as group:
            if self._steering is not None:
                group.create_task(self._steering.follow(steered), name="follows orders")
            await self._election.run(lead)

    def resign_from(self, epoch: int) -> None:
        """Nothing when another term has begun since."""
        leadership = self._election.leadership
        if leadership is not None and leadership.epoch == epoch:
            self._election.resign()
