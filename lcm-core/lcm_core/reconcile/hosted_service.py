"""A controller as a hosted service: stands for election, and reconciles while it leads."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from lcm_core.clock import Clock, SystemClock
from lcm_core.coordination import LeaderElection, Leadership, NotLeader
from lcm_core.domain.errors import NotFound
from lcm_core.hosting.hosted_service import HostedService, RestartPolicy, SupervisedService
from lcm_core.reconcile.loop import ReconcileLoop
from lcm_core.reconcile.status import ReconciliationStatus
from lcm_core.reconcile.steered_election import SteeredElection
from lcm_core.reconcile.steering import LoopTold, Steering


class ReconciliationHostedService:
    """Runs *loops*, and *leader_work* beside them, on the one instance that leads.

    All writes they make carry the epoch of the term (``leadership_headers``) and are refused locally once it is over.
    *leader_work* is kept running like any hosted service; a loop that breaks ends the term, so that another instance
    can try. *steering* is how control-plane-api pauses, triggers and replaces it; a pause of this instance alone comes
    on top of one that is ordered.
    """

    def __init__(
        self,
        name: str,
        *,
        election: LeaderElection,
        loops: Sequence[ReconcileLoop],
        leader_work: Sequence[HostedService] = (),
        steering: Steering | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._election = election
        self._loops = {loop.name: loop for loop in loops}
        self._leader_work = tuple(leader_work)
        self._clock: Clock = clock or SystemClock()
        self._steered_election = SteeredElection(election, steering)
        self._paused_here = self._pause_ordered = False

    async def run(self) -> None:
        await self._steered_election.run(self, self._begin)

    def _begin(self, group: asyncio.TaskGroup, leadership: Leadership) -> None:
        for loop in self._loops.values():
            group.create_task(loop.run_as_leader(leadership), name=loop.name)
        for service in self._leader_work:
            supervised = SupervisedService(service, RestartPolicy(), self._clock)
            group.create_task(supervised.run(), name=service.name)

    @property
    def is_leader(self) -> bool:
        return self._election.is_leader

    def trigger(self, key: str, loop: str | None = None) -> None:
        """Handle *key* now, in *loop* or in all. Raises ``NotLeader`` and ``NotFound``."""
        self._require_leadership()
        for each in self._chosen(loop):
            each.trigger(key)

    async def trigger_all(self, loop: str | None = None) -> int:
        """Handle every key now; how many. Raises as ``trigger``."""
        self._require_leadership()
        return sum([await each.trigger_all() for each in self._chosen(loop)])

    def pause(self) -> None:
        """Start no handling on this instance until ``resume``; it keeps the leadership, if it has it."""
        self._paused_here = True
        self._pause_or_resume()

    def resume(self) -> None:
        """Unless a pause of the whole service is ordered."""
        self._paused_here = False
        self._pause_or_resume()

    def resign(self) -> None:
        """Let another instance lead; handlers in flight may finish. Raises ``NotLeader``."""
        self._require_leadership()
        self._election.resign()

    @property
    def paused(self) -> bool:
        return self._paused_here or self._pause_ordered

    # -- as control-plane-api orders

    def order_pause(self, paused: bool) -> None:
        self._pause_ordered = paused
        self._pause_or_resume()

    async def order_trigger(self, key: str | None, loop: str | None) -> None:
        if key is None:
            await self.trigger_all(loop)
        else:
            self.trigger(key, loop)

    def order_resign(self, epoch: int) -> None:
        self._steered_election.resign_from(epoch)

    def told(self) -> tuple[LoopTold, ...]:
        return tuple(
            LoopTold(
                name=each.name,
                waiting=each.waiting,
                delayed=each.delayed,
                in_flight=len(each.in_flight),
                failing=len(each.failing),
                paused=self._loops[each.name].paused,
            )
            for each in (loop.status() for loop in self._loops.values())
        )

    def status(self) -> ReconciliationStatus:
        leadership = self._election.leadership
        return ReconciliationStatus(
            service=self._election.service,
            instance_leads=leadership is not None,
            epoch=leadership.epoch if leadership else None,
            paused=self.paused,
            loops=[loop.status() for loop in self._loops.values()],
        )

    async def status_with_leader(self) -> ReconciliationStatus:
        """``status`` and who leads, asked from etcd."""
        return self.status().model_copy(update={"leader": await self._election.leader()})

    def _pause_or_resume(self) -> None:
        for loop in self._loops.values():
            if self.paused:
                loop.pause()
            else:
                loop.resume()

    def _chosen(self, loop: str | None) -> list[ReconcileLoop]:
        if loop is None:
            return list(self._loops.values())
        if loop not in self._loops:
            raise NotFound("reconcile loop", loop)
        return [self._loops[loop]]

    def _require_leadership(self) -> None:
        if not self._election.is_leader:
            raise NotLeader(self._election.service, self._election.instance, "another instance may; ask that one")
