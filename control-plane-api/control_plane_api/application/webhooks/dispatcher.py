"""Runs a channel for every subscription that is owed something, in the instance that leads.

Level-triggered: a wake-up only names a lane, what is left in it is read from the store. Whatever a crash or a lost
wake-up left behind is found by the sweep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from control_plane_api.application.webhooks import measures
from control_plane_api.application.webhooks.channel import Channel, ChannelPorts
from control_plane_api.application.webhooks.deliveries import QueuedDelivery, Subscribers, subscription_of
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import SubscriptionReadModel

log = structlog.stdlib.get_logger(__name__)

_KIND = "subscription"
_S = SubscriptionStatus


@dataclass(slots=True)
class _Running:
    channel: Channel
    task: asyncio.Task[None]


class WebhookDispatcher:
    """``wake`` and ``notice`` are cheap, and allowed while it does not run."""

    def __init__(self, subscribers: Subscribers, ports: ChannelPorts) -> None:
        self._subscribers = subscribers
        self._ports = ports
        self._running: dict[str, _Running] = {}
        self._lanes: dict[str, set[str]] = {}
        self._changed: set[str] = set()
        self._something = asyncio.Event()

    def wake(self, lanes: Iterable[str]) -> None:
        """Something was queued in *lanes*."""
        for lane in lanes:
            id = subscription_of(lane)
            running = self._running.get(id)
            if running is not None and not running.task.done():
                running.channel.add([lane])
            else:
                self._lanes.setdefault(id, set()).add(lane)
                self._something.set()

    def notice(self, commits: Sequence[Commit]) -> None:
        """Hook for commits of every process: a subscription that changed is looked at again."""
        ids = [commit.aggregate_id for commit in commits if commit.kind == _KIND]
        if ids:
            self._changed.update(ids)
            self._something.set()

    async def run(self) -> None:
        """Send until cancelled; what is on its way then is sent again by whoever comes next."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._sweep())
                while True:
                    await self._something.wait()
                    self._something.clear()
                    await self._look_after(group)
        finally:
            self._running.clear()

    async def _look_after(self, group: asyncio.TaskGroup) -> None:
        lanes, changed = self._lanes, self._changed
        self._lanes, self._changed = {}, set()
        try:
            known = await self._subscribers.by_ids(list({*lanes, *changed}))
            for id in changed:
                await self._follow(id, known.get(id), lanes.setdefault(id, set()))
            for id, woken in lanes.items():
                if woken:
                    await self._send(group, known.get(id), woken)
        except LcmError as error:
            log.warning("webhook_dispatch_failed", error=str(error))
            self._lanes = {id: woken | self._lanes.get(id, set()) for id, woken in lanes.items()} | {
                id: woken for id, woken in self._lanes.items() if id not in lanes
            }
            self._changed |= changed
            await self._ports.clock.sleep(1)
            self._something.set()

    async def _follow(self, id: str, row: SubscriptionReadModel | None, lanes: set[str]) -> None:
        """A changed subscription: its channel follows or is closed; *lanes* get what waited for it."""
        running = self._running.get(id)
        if row is None or row.status is not _S.ACTIVE:
            if running is not None:
                running.task.cancel()
                del self._running[id]
            if row is not None and row.status is _S.ENDED:
                await self._bury_all(row)
            return
        if running is not None:
            running.channel.follow(await self._subscribers.subscriber(row, self._ports.clock.now()))
            return
        # It may have been at rest until now: what was tried in vain before is nobody's guide any more.
        await self._ports.health.well(id)
        await self._ports.queue.forget_pauses(id)
        lanes.update(await self._ports.queue.lanes_of(id))

    async def _send(self, group: asyncio.TaskGroup, row: SubscriptionReadModel | None, lanes: set[str]) -> None:
        if row is None or row.status is not _S.ACTIVE:
            return
        running = self._running.get(row.id)
        if running is None or running.task.done():
            subscriber = await self._subscribers.subscriber(row, self._ports.clock.now())
            channel = Channel(subscriber, self._ports)
            running = _Running(channel, group.create_task(self._run(row.id, channel)))
            self._running[row.id] = running
        running.channel.add(lanes)

    async def _run(self, id: str, channel: Channel) -> None:
        """One channel that fails takes nobody with it: the sweep opens it again."""
        try:
            await channel.run()
        except LcmError as error:
            log.warning("webhook_channel_failed", subscription_id=id, error=str(error))

    async def _sweep(self) -> None:
        while True:
            try:
                await self._sweep_once()
            except LcmError as error:
                log.warning("webhook_sweep_failed", error=str(error))
            await self._ports.clock.sleep(self._ports.policy.sweep_seconds)

    async def _sweep_once(self) -> None:
        """Everything that is owed is looked for; idle channels are closed, and keys that ran out sign no more."""
        found: dict[str, list[str]] = {}
        async for lane in self._ports.queue.lanes():
            found.setdefault(subscription_of(lane), []).append(lane)
        for id, running in list(self._running.items()):
            if running.task.done() or (running.channel.idle and id not in found):
                running.task.cancel()
                del self._running[id]
        rows = await self._subscribers.by_ids(list({*found, *self._running}))
        for id, lanes in found.items():
            row = rows.get(id)
            if row is None or row.status is _S.ENDED:
                await self._bury_all(row, id)
            elif row.status is _S.ACTIVE:
                self.wake(lanes)
            else:
                await self._bury_overdue(row)
        self._changed.update(self._running)
        self._something.set()
        count, oldest = await self._ports.queue.backlog()
        measures.owed(count, oldest, len(self._running), self._ports.clock.now())

    async def _bury_overdue(self, row: SubscriptionReadModel) -> None:
        """What was kept for a subscription at rest for as long as anything is kept."""
        now = self._ports.clock.now()
        while overdue := await self._ports.queue.overdue(row.id, now):
            await self._bury(overdue, f"the subscription was {row.status.value} until its time was over")

    async def _bury_all(self, row: SubscriptionReadModel | None, id: str = "") -> None:
        reason = f"the subscription has ended: {row.status_reason}" if row is not None else "there is no subscription"
        last = self._ports.clock.now() + self._ports.policy.give_up_after * 2
        while rest := await self._ports.queue.overdue(row.id if row is not None else id, last):
            await self._bury(rest, reason)

    async def _bury(self, rows: Sequence[QueuedDelivery], reason: str) -> None:
        await self._ports.queue.bury(rows, reason, self._ports.clock.now())
        measures.buried(len(rows))
