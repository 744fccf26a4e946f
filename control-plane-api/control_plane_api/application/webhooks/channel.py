"""Everything that one subscription is owed, on its way: one event of each aggregate at a time, in order."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import structlog

from control_plane_api.application.webhooks import measures
from control_plane_api.application.webhooks.deliveries import (
    DeliveryLog,
    DeliveryPolicy,
    DeliveryQueue,
    Failing,
    QueuedDelivery,
    ReceiverHealth,
    Reply,
    Subscriber,
    WebhookSender,
)
from control_plane_api.application.webhooks.keyed_work import KeyedWork
from control_plane_api.application.webhooks.pacing import Pace, Slots, pause_seconds
from lcm_core.clock import Clock
from lcm_core.contracts.subscriptions import DeliveryAttempt, DeliveryOutcome
from lcm_core.domain.errors import StoreUnavailable

log = structlog.stdlib.get_logger(__name__)

_GONE = 410
_NEVER_TAKEN = frozenset({413, 415})
"""Answers that say that this event is not taken, however often it comes."""
_FEWEST_FAILURES = 5
_MOST_ERROR_TEXT = 500

_O = DeliveryOutcome


@dataclass(frozen=True, slots=True)
class ChannelPorts:
    """What every channel works with. ``gone`` and ``dead`` are told of receivers that are to be sent nothing more.

    Both are called with the id of the subscription, the address that was tried, and the reason.
    """

    queue: DeliveryQueue
    log: DeliveryLog
    health: ReceiverHealth
    sender: WebhookSender
    slots: Slots
    policy: DeliveryPolicy
    clock: Clock
    gone: Callable[[str, str, str], Awaitable[None]]
    dead: Callable[[str, str, str], Awaitable[None]]


class Channel:
    """*failing*: what the receiver is known to fail since."""

    def __init__(self, subscriber: Subscriber, ports: ChannelPorts, failing: Failing | None = None) -> None:
        self._ports = ports
        self._work = KeyedWork(
            f"webhook {subscriber.id}", self._drain, workers=ports.policy.concurrency, clock=ports.clock
        )
        self._pace = Pace(
            ports.clock, subscriber.row.allowed_rate, longest_seconds=ports.policy.give_up_after.total_seconds()
        )
        self._subscriber = subscriber
        self._failing = failing
        self._slow = failing is not None

    @property
    def idle(self) -> bool:
        return len(self._work) == 0

    def follow(self, subscriber: Subscriber) -> None:
        """Send with these keys, to that address, from the next attempt on."""
        self._subscriber = subscriber
        self._pace.rate_per_minute = subscriber.row.allowed_rate

    def add(self, lanes: Iterable[str]) -> None:
        self._work.add(lanes)

    async def run(self) -> None:
        """Send until cancelled."""
        await self._work.run()

    async def _drain(self, lane: str) -> float | None:
        """Send what is left in *lane*, up to the first event that is not to be sent yet; then seconds until it is."""
        more = True
        while more:
            left = await self._ports.queue.left(lane)
            for row in left.rows:
                wait = self._wait(row)
                if wait > 0 or (wait := await self._send(row)) > 0:
                    return wait
            more = left.more
        return None

    def _wait(self, row: QueuedDelivery) -> float:
        return (row.next_at - self._ports.clock.now()).total_seconds() if row.next_at is not None else 0.0

    async def _send(self, row: QueuedDelivery) -> float:
        """Make one attempt and record it; seconds to wait before the next one, 0 when the lane may go on."""
        ports, to = self._ports, self._subscriber
        began, tried_at = ports.clock.monotonic(), ports.clock.now()
        try:
            event = await ports.queue.event(row)
            if event is None:
                await self._bury(row, "the log does not have this event")
                return 0.0
            await self._pace.turn()
            async with ports.slots.one(slow=self._slow):
                to, began, tried_at = self._subscriber, ports.clock.monotonic(), ports.clock.now()
                reply = await ports.sender.deliver(to, event, row.replay)
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - told, counted as an attempt, and dead after a day
            log.error("webhook_attempt_raised", event_id=row.event_id, subscription_id=to.id, error=repr(error))
            reply = Reply(None, f"it could not be sent, a fault on our side: {type(error).__name__}", ours=True)
        seconds = ports.clock.monotonic() - began
        row = replace(row, attempts=row.attempts + 1, tried_at=tried_at, last_error=reply.error[:_MOST_ERROR_TEXT])
        outcome = self._outcome(row, reply)
        # Logged first: when the subscription ends or is paused, this channel is closed before anything else is done.
        await self._log(row, outcome, reply, seconds)
        wait = await self._record(row, outcome, reply, to.row.url)
        if not reply.ours:
            self._slow = outcome is not _O.DELIVERED or seconds > ports.policy.slow_seconds
        return wait

    def _outcome(self, row: QueuedDelivery, reply: Reply) -> DeliveryOutcome:
        if reply.accepted:
            return _O.DELIVERED
        if reply.status_code == _GONE:
            return _O.GONE
        if reply.status_code in _NEVER_TAKEN or self._ports.clock.now() >= row.give_up_at:
            return _O.DEAD
        return _O.FAILED

    async def _record(self, row: QueuedDelivery, outcome: DeliveryOutcome, reply: Reply, url: str) -> float:
        match outcome:
            case _O.DELIVERED:
                await self._ports.queue.delivered(row)
                await self._well()
                return 0.0
            case _O.GONE:
                await self._ports.queue.failed(row)
                await self._ports.gone(row.subscription_id, url, "its receiver answered 410 Gone")
                return self._ports.policy.longest_pause_seconds
            case _O.DEAD:
                await self._bury(row, f"given up after {row.attempts} attempts, the last one: {row.last_error}")
                await self._failed(row, reply, url)
                return 0.0
            case _O.FAILED:
                return await self._try_later(row, reply, url)

    async def _try_later(self, row: QueuedDelivery, reply: Reply, url: str) -> float:
        policy = self._ports.policy
        pause = pause_seconds(policy, row.attempts)
        if reply.retry_after_seconds is not None:
            self._pace.hold(reply.retry_after_seconds)
            pause = max(pause, reply.retry_after_seconds)
        now = self._ports.clock.now()
        next_at = min(now + timedelta(seconds=pause), row.give_up_at)
        await self._ports.queue.failed(replace(row, next_at=next_at))
        await self._failed(row, reply, url)
        return max(0.001, (next_at - now).total_seconds())

    async def _bury(self, row: QueuedDelivery, reason: str) -> None:
        await self._ports.queue.bury([row], reason, self._ports.clock.now())
        measures.buried(1)

    async def _well(self) -> None:
        if self._failing is not None:
            self._failing = None
            await self._ports.health.well(self._subscriber.id)

    async def _failed(self, row: QueuedDelivery, reply: Reply, url: str) -> None:
        if reply.ours:
            return
        ports, now = self._ports, self._ports.clock.now()
        known = self._failing
        self._failing = Failing(known.since, known.failures + 1) if known is not None else Failing(now, 1)
        await ports.health.failed(self._subscriber.id, self._failing)
        hours = (now - self._failing.since) / timedelta(hours=1)
        if hours >= ports.policy.dead_after_hours and self._failing.failures >= _FEWEST_FAILURES:
            why = f"it took nothing for {hours:.1f} hours and {self._failing.failures} attempts, the last one: "
            await ports.dead(self._subscriber.id, url, why + (row.last_error or "no reason given"))

    async def _log(self, row: QueuedDelivery, outcome: DeliveryOutcome, reply: Reply, seconds: float) -> None:
        now = self._ports.clock.now()
        measures.attempted(row, outcome, seconds, now)
        await self._ports.log.add(
            DeliveryAttempt(
                id=uuid4().hex,
                subscription_id=row.subscription_id,
                event_id=row.event_id,
                type=row.type,
                at=now,
                attempt=row.attempts,
                outcome=outcome,
                status_code=reply.status_code,
                duration_ms=round(seconds * 1000, 1),
                error=row.last_error,
                replay=row.replay is not None,
            )
        )
