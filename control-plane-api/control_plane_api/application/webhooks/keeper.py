"""Does what subscriptions wait for, in the instance that leads: at each change, and by looking from time to time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import structlog

from control_plane_api.application.webhooks.deliveries import Subscribers
from control_plane_api.application.webhooks.keyed_work import KeyedWork
from lcm_core.clock import Clock
from lcm_core.domain.commit import Commit
from lcm_core.domain.subscriptions import SubscriptionTask

log = structlog.stdlib.get_logger(__name__)


class Chore(Protocol):
    @property
    def task(self) -> SubscriptionTask: ...

    @property
    def work(self) -> KeyedWork: ...


class SubscriptionKeeper:
    def __init__(
        self, subscribers: Subscribers, chores: Sequence[Chore], clock: Clock, *, sweep_seconds: float
    ) -> None:
        self._subscribers = subscribers
        self._chores = chores
        self._clock = clock
        self._sweep_seconds = sweep_seconds

    def notice(self, commits: Sequence[Commit]) -> None:
        """Hook for commits of every process."""
        ids = [commit.aggregate_id for commit in commits if commit.kind == "subscription"]
        for chore in self._chores:
            chore.work.rouse(ids)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as group:
            for chore in self._chores:
                group.create_task(chore.work.run())
            while True:
                await self._sweep()
                await self._clock.sleep(self._sweep_seconds)

    async def _sweep(self) -> None:
        try:
            for chore in self._chores:
                chore.work.add(await self._subscribers.with_task(chore.task.value))
        except Exception as error:  # noqa: BLE001 - the next one is the retry
            log.warning("subscription_sweep_failed", error=repr(error))
