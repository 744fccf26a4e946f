"""Runs a channel for every subscription that is owed something, in the instance that leads.

Level-triggered: a wake-up only names a lane, what is left in it is read from the store. Whatever a crash or a lost
wake-up left behind is found by the sweep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

import structlog

from control_plane_api.application.webhooks import measures
from control_plane_api.application.webhooks.channel import Channel, ChannelPorts
from control_plane_api.application.webhooks.deliveries import Failing, Opened, Subscribers, subscription_of
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.sealing import SealedTextBroken

log = structlog.stdlib.get_logger(__name__)

_KIND = "subscription"
_S = SubscriptionStatus
_MOST_DOUBLINGS = 30


@dataclass(slots=True)
class _Running:
    channel: Channel
    task: asyncio.Task[None]
    since: datetime
    """When its subscription came to be ACTIVE."""


class WebhookDispatcher:
    """``wake`` and ``notice`` are cheap, and allowed while it does not run.

    What fails for one subscription is told and looked at again by the next sweep; the others go on.
    """

    def __init__(self, subscribers: Subscribers, ports: ChannelPorts) -> None:
        self._subscribers = subscribers
        self._ports = ports
        self._running: dict[str, _Running] = {}
        self._lanes: dict[str, set[str]] = {}
        self._changed: set[str] = set()
        self._something = asyncio.Event()
        self._failures = 0

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
        ids = list({*lanes, *changed})
        try:
            rows = await self._subscribers.by_ids(ids)
            active = [row for row in rows.values() if row.status is _S.ACTIVE]
            opened = await self._subscribers.with_secrets(active, self._ports.clock.now())
        except Exception as error:  # noqa: BLE001 - duties of the leader outlive whatever the store does
            self._keep(lanes, changed)
            await self._rest(error)
            return
        self._failures = 0
        for id in ids:
            woken = lanes.get(id, set())
            try:
                await self._follow(group, id, rows.get(id), opened.get(id), woken, anew=id in changed)
            except Exception as error:  # noqa: BLE001 - one subscription takes nobody with it
                self._keep({id: woken}, {id} & changed)
                log.warning("webhook_dispatch_failed", subscription_id=id, error=repr(error))

    def _keep(self, lanes: Mapping[str, set[str]], changed: Set[str]) -> None:
        for id, woken in lanes.items():
            self._lanes.setdefault(id, set()).update(woken)
        self._changed |= changed

    async def _rest(self, error: Exception) -> None:
        """Nothing could be looked at: again after a pause that doubles up to the time between two sweeps."""
        seconds = min(self._ports.policy.sweep_seconds, 2.0 ** min(self._failures, _MOST_DOUBLINGS))
        self._failures += 1
        log.warning("webhook_dispatch_failed", error=repr(error), failures=self._failures, again_in=seconds)
        await self._ports.clock.sleep(seconds)
        self._something.set()

    async def _follow(
        self,
        group: asyncio.TaskGroup,
        id: str,
        row: SubscriptionReadModel | None,
        opened: Opened | None,
        woken: set[str],
        *,
        anew: bool,
    ) -> None:
        """Its channel is opened, follows what changed, or is closed; *woken* goes into it."""
        if row is None or opened is None:
            self._close(id)
            return
        if isinstance(opened, LcmError):
            await self._cannot_sign(row, opened)
            return
        running = self._running.get(id)
        if running is not None and (running.task.done() or running.since != row.status_changed_at):
            # It rested meanwhile, or leads elsewhere: what waits in the channel waits for nothing any more.
            self._close(id)
            running, anew = None, True
        if running is not None:
            running.channel.follow(opened)
            running.channel.add(woken)
            return
        lanes = {*woken, *await self._ports.queue.lanes_of(id)} if anew else woken
        if lanes:
            channel = Channel(opened, self._ports, await self._begin_well(row))
            channel.add(lanes)
            task = group.create_task(self._run(id, channel))
            self._running[id] = _Running(channel, task, row.status_changed_at)

    async def _begin_well(self, row: SubscriptionReadModel) -> Failing | None:
        """What was tried in vain before it became ACTIVE is nobody's guide any more; what was tried since is."""
        await self._ports.queue.forget_pauses(row.id, row.status_changed_at)
        failing = await self._ports.health.failing(row.id)
        if failing is not None and failing.since < row.status_changed_at:
            await self._ports.health.well(row.id)
            return None
        return failing

    async def _cannot_sign(self, row: SubscriptionReadModel, error: LcmError) -> None:
        """A broken secret stays broken, its owner has to change it; a missing key of ours comes with the next start."""
        self._close(row.id)
        log.error("webhook_secrets_unusable", subscription_id=row.id, error=error.message)
        if isinstance(error, SealedTextBroken):
            await self._ports.dead(row.id, row.url, "its secret cannot be opened: rotate its key, then resume it")

    def _close(self, id: str) -> None:
        running = self._running.pop(id, None)
        if running is not None:
            running.task.cancel()

    async def _run(self, id: str, channel: Channel) -> None:
        """One channel that fails takes nobody with it: the sweep opens it again."""
        try:
            await channel.run()
        except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
            log.warning("webhook_channel_failed", subscription_id=id, error=repr(error))

    async def _sweep(self) -> None:
        while True:
            try:
                await self._sweep_once()
            except Exception as error:  # noqa: BLE001 - the next one is the retry
                log.warning("webhook_sweep_failed", error=repr(error))
            await self._ports.clock.sleep(self._ports.policy.sweep_seconds)

    async def _sweep_once(self) -> None:
        """Everything that is owed is looked for; idle channels are closed, and keys that ran out sign no more."""
        found: dict[str, list[str]] = {}
        async for lane in self._ports.queue.lanes():
            found.setdefault(subscription_of(lane), []).append(lane)
        for id, running in list(self._running.items()):
            if running.task.done() or (running.channel.idle and id not in found):
                self._close(id)
        rows = await self._subscribers.by_ids(list({*found, *self._running}))
        for id, lanes in found.items():
            row = rows.get(id)
            if row is not None and row.status is _S.ACTIVE:
                self.wake(lanes)
                continue
            try:
                await self._bury(id, row)
            except Exception as error:  # noqa: BLE001 - one subscription takes nobody with it
                log.warning("webhook_burying_failed", subscription_id=id, error=repr(error))
        self._changed.update(self._running)
        self._something.set()
        count, oldest = await self._ports.queue.backlog()
        measures.owed(count, oldest, len(self._running), self._ports.clock.now())

    async def _bury(self, id: str, row: SubscriptionReadModel | None) -> None:
        """What is owed to nobody any more, or was kept for one at rest for as long as anything is kept."""
        ports, now = self._ports, self._ports.clock.now()
        last = now + ports.policy.give_up_after * 2
        if row is None:
            reason = "there is no subscription"
        elif row.status is _S.ENDED:
            reason = f"the subscription has ended: {row.status_reason}"
        else:
            reason, last = f"the subscription was {row.status.value} until its time was over", now
        while rest := await ports.queue.overdue(id, last):
            await ports.queue.bury(rest, reason, now)
            measures.buried(len(rest))
