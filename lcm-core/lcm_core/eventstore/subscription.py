"""Live subscriptions to the change feed, for those who can start over: one per open browser stream."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import StrEnum
from typing import Self

from lcm_core.domain.commit import Commit


class LossReason(StrEnum):
    TOO_SLOW = "too_slow"
    """The subscriber let its queue run full."""
    GAP = "gap"
    """The feed itself has missed commits."""
    CLOSED = "closed"
    """The feed has stopped."""


class SubscriptionLost(Exception):
    """The subscription is over and commits may be missing: subscribe again and take a new snapshot."""

    def __init__(self, reason: LossReason) -> None:
        super().__init__(f"the subscription ended: {reason}")
        self.reason = reason


class PositionUnknown(LookupError):
    """The feed does not remember that commit (any more): take a snapshot instead of catching up."""


class Subscription:
    """Async iterator over commits, bounded; raises SubscriptionLost at its end. Close it, or use ``with``."""

    def __init__(self, hub: SubscriptionHub, capacity: int, backlog: list[Commit]) -> None:
        self._hub = hub
        self._capacity = capacity
        self._waiting: deque[Commit] = deque(backlog)
        self._lost: LossReason | None = None
        self._changed = asyncio.Event()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Commit:
        while not self._waiting:
            if self._lost is not None:
                raise SubscriptionLost(self._lost)
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop receiving; what waits can still be read."""
        self._hub.leave(self)
        self.cut_off(LossReason.CLOSED)

    def offer(self, commit: Commit) -> None:
        """Take *commit*, or be cut off at once when there is no room: nobody waits for a slow subscriber."""
        if len(self._waiting) >= self._capacity:
            self._hub.leave(self)
            self._waiting.clear()
            self.cut_off(LossReason.TOO_SLOW)
            return
        self._waiting.append(commit)
        self._changed.set()

    def cut_off(self, reason: LossReason) -> None:
        self._lost = self._lost or reason
        self._changed.set()


class SubscriptionHub:
    """All live subscriptions of a process, and the last *history* commits for those who come back after a hiccup."""

    def __init__(self, history: int) -> None:
        self._subscriptions: set[Subscription] = set()
        self._recent: deque[Commit] = deque(maxlen=history)

    def __len__(self) -> int:
        return len(self._subscriptions)

    def subscribe(self, *, after: str | None, capacity: int) -> Subscription:
        """From now on, or from behind the commit with the id *after*. Raises PositionUnknown."""
        subscription = Subscription(self, capacity, [] if after is None else self._since(after))
        self._subscriptions.add(subscription)
        return subscription

    def leave(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    def publish(self, commit: Commit) -> None:
        self._recent.append(commit)
        for subscription in tuple(self._subscriptions):
            subscription.offer(commit)

    def cut_all_off(self, reason: LossReason) -> None:
        self._recent.clear()
        for subscription in tuple(self._subscriptions):
            self.leave(subscription)
            subscription.cut_off(reason)

    def _since(self, commit_id: str) -> list[Commit]:
        newer: list[Commit] = []
        for commit in reversed(self._recent):
            if commit.id == commit_id:
                newer.reverse()
                return newer
            newer.append(commit)
        raise PositionUnknown(commit_id)
