"""Work that one instance at a time does, whichever leads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from lcm_core.coordination import LeaderElection, Leadership, NotLeader
from lcm_core.domain.errors import NotFound
from lcm_core.domain.steering import LoopTold
from lcm_core.reconcile import SteeredElection, Steering


class Duty(Protocol):
    async def run(self) -> None:
        """Run until cancelled."""
        ...


class SteeredDuty(Duty, Protocol):
    """A duty that may be put off."""

    @property
    def name(self) -> str: ...

    @property
    def waiting(self) -> int:
        """How much waits to be done."""
        ...

    def pause(self, paused: bool) -> None:
        """Finish what is under way and begin nothing; or go on, and look at everything once."""
        ...

    def want(self) -> None:
        """Begin as soon as possible."""
        ...


class LeaderDuties:
    """A hosted service that stands for election and runs every duty while it leads.

    Only *steered* duties are paused: what is told to subscribers goes on, and is paused subscription by subscription.
    """

    name = "leader-duties"

    def __init__(
        self,
        election: LeaderElection,
        duties: Sequence[Duty],
        *,
        steered: Sequence[SteeredDuty] = (),
        steering: Steering | None = None,
    ) -> None:
        self._election = election
        self._duties = duties
        self._steered = steered
        self._steered_election = SteeredElection(election, steering)
        self._paused = False

    @property
    def paused(self) -> bool:
        return self._paused

    async def run(self) -> None:
        await self._steered_election.run(self, self._begin)

    def _begin(self, group: asyncio.TaskGroup, _: Leadership) -> None:
        for duty in (*self._duties, *self._steered):
            group.create_task(duty.run())

    # -- Steered

    def order_pause(self, paused: bool) -> None:
        self._paused = paused
        for duty in self._steered:
            duty.pause(paused)

    async def order_trigger(self, key: str | None, loop: str | None) -> None:
        del key
        if not self._election.is_leader:
            raise NotLeader(self._election.service, self._election.instance, "another instance may")
        chosen = [duty for duty in self._steered if loop in (None, duty.name)]
        if not chosen:
            raise NotFound("duty", loop or "")
        for duty in chosen:
            duty.want()

    def order_resign(self, epoch: int) -> None:
        self._steered_election.resign_from(epoch)

    def told(self) -> tuple[LoopTold, ...]:
        return tuple(
            LoopTold(name=duty.name, waiting=duty.waiting, delayed=0, in_flight=0, failing=0, paused=self._paused)
            for duty in self._steered
        )
