"""Listens to hosts while they serve, so that a change on one is seen at once and not at the next look."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from lcm_core.clock import Clock
from lcm_core.domain.errors import LcmError
from worker_controller.application.ports import HostEventsPort
from worker_controller.application.services import worker_metrics
from worker_controller.domain.host_change import NoEventStream

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FollowPolicy:
    """Seconds: two wakes of a worker lie at least ``wake_distance`` apart; a broken stream is opened again after up to
    ``first_retry`` doubled to ``most_retry``, one that does not exist is looked for after ``absent_retry``; a host that
    nobody has asked to follow for ``forget_after`` is left. ``most_streams`` hosts are followed, the others polled."""

    wake_distance: float = 2.0
    first_retry: float = 1.0
    most_retry: float = 60.0
    absent_retry: float = 600.0
    forget_after: float = 300.0
    most_streams: int = 500


@dataclass(slots=True)
class _Followed:
    address: str
    asked_at: float
    task: asyncio.Task[None]
    state: str = "down"
    woken_at: float = float("-inf")
    wake_planned: bool = False


class HostFollower:
    """A hosted service of the leader: outside of ``run`` nothing is followed, and with it every stream ends.

    ``on_wake`` is told the id of a worker whose host has changed, or whose stream is open (again): what happened
    while it was not is only found by looking.
    """

    name = "host-follower"

    def __init__(self, events: HostEventsPort, *, clock: Clock, policy: FollowPolicy | None = None) -> None:
        self._events = events
        self._clock = clock
        self._policy = policy or FollowPolicy()
        self._followed: dict[str, _Followed] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._on_wake: list[Callable[[str], None]] = []

    def on_wake(self, listener: Callable[[str], None]) -> None:
        """Have *listener* told too, after those before it."""
        self._on_wake.append(listener)

    async def run(self) -> None:
        """Until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await asyncio.Event().wait()
        finally:
            self._tasks = None
            self._followed.clear()
            self._count()

    def follow(self, worker_id: str, address: str) -> None:
        """Listen to the host from now on; called at every look, which is what keeps the stream alive."""
        if self._tasks is None:
            return
        known = self._followed.get(worker_id)
        if known is not None and known.address == address:
            known.asked_at = self._clock.monotonic()
            return
        self.forget(worker_id)
        if len(self._followed) >= self._policy.most_streams:
            return
        task = self._tasks.create_task(self._follow(worker_id), name=f"events of worker {worker_id}")
        self._followed[worker_id] = _Followed(address, self._clock.monotonic(), task)

    def forget(self, worker_id: str) -> None:
        known = self._followed.pop(worker_id, None)
        if known is not None:
            known.task.cancel()
            self._count()

    def states(self) -> Counter[str]:
        """How many streams are open, down, or do not exist."""
        return Counter(each.state for each in self._followed.values())

    async def _follow(self, worker_id: str) -> None:
        me, failures = self._followed[worker_id], 0
        while self._clock.monotonic() - me.asked_at < self._policy.forget_after:
            try:
                await self._listen(worker_id, me)
                failures = 0
                pause = self._policy.first_retry
            except NoEventStream as absent:
                pause = self._policy.absent_retry
                self._note(me, "none", str(absent))
            except LcmError as broken:
                failures = 1 if me.state == "open" else failures + 1
                pause = min(self._policy.most_retry, self._policy.first_retry * 2.0 ** min(failures - 1, 30))
                self._note(me, "down", str(broken))
            await self._clock.sleep(pause * random.uniform(0.5, 1.0))
        if self._followed.get(worker_id) is me:
            del self._followed[worker_id]
            self._count()

    async def _listen(self, worker_id: str, me: _Followed) -> None:
        async with self._events.open(me.address) as changes:
            self._note(me, "open", "")
            self._wake_soon(worker_id, me)
            async for change in changes:
                worker_metrics.host_change(change.kind.value)
                self._wake_soon(worker_id, me)
        self._note(me, "down", "the host ended the stream")

    def _wake_soon(self, worker_id: str, me: _Followed) -> None:
        """At once, or at the end of the distance to the last wake: a lab of a hundred nodes is one reason to look."""
        if me.wake_planned or self._tasks is None:
            return
        rest = me.woken_at + self._policy.wake_distance - self._clock.monotonic()
        if rest <= 0:
            self._wake_now(worker_id, me)
            return
        me.wake_planned = True
        self._tasks.create_task(self._wake_later(worker_id, me, rest), name=f"wake worker {worker_id}")

    async def _wake_later(self, worker_id: str, me: _Followed, seconds: float) -> None:
        await self._clock.sleep(seconds)
        me.wake_planned = False
        if self._followed.get(worker_id) is me:
            self._wake_now(worker_id, me)

    def _wake_now(self, worker_id: str, me: _Followed) -> None:
        me.woken_at = self._clock.monotonic()
        for listener in self._on_wake:
            listener(worker_id)

    def _note(self, me: _Followed, state: str, why: str) -> None:
        if state != me.state:
            log.info("host_events", address=me.address, state=state, reason=why)
        me.state = state
        self._count()

    def _count(self) -> None:
        counted = self.states()
        for state in ("open", "down", "none"):
            worker_metrics.event_streams(state, counted[state])
