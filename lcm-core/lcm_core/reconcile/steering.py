"""How a service is steered from control-plane-api: paused, resumed, triggered, told to let another instance lead.

The orders are on record there and published under one key; every instance follows it, whether it leads or not, so that
a change of leader changes nothing about a pause. Nothing is concluded from a key that is missing: etcd may have been
emptied, and is filled again. The leader tells how it is under a second key, for people.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, contextmanager
from datetime import timedelta
from typing import Protocol

import structlog
from pydantic import ValidationError

from lcm_core.clock import Clock, SystemClock
from lcm_core.coordination import EtcdClient, KeyValue, Leadership, NotLeader, WatchEventKind, WatchResync
from lcm_core.domain.errors import FarEndError, LcmError
from lcm_core.domain.steering import LeaderTold, LoopTold, Orders, TriggerOrder
from lcm_core.observability.metrics import meter

log = structlog.stdlib.get_logger(__name__)
_paused = meter("lcm_core.reconcile").create_gauge(
    "lcm_reconciler_paused", description="1 while this instance takes up nothing new, by service."
)

_TOLD_EVERY_SECONDS = 2.0
_CLOCKS_APART = timedelta(minutes=1)
_FIRST_ORDERS_SECONDS = 5.0


class Steered(Protocol):
    """What orders are given to."""

    def order_pause(self, paused: bool) -> None: ...

    async def order_trigger(self, key: str | None, loop: str | None) -> None:
        """Raises ``NotLeader`` and ``NotFound``."""
        ...

    def order_resign(self, epoch: int) -> None:
        """Only the term of that *epoch* ends."""
        ...

    def told(self) -> tuple[LoopTold, ...]: ...


def orders_key(prefix: str, service: str) -> str:
    return f"{prefix}/reconcilers/{service}/wanted"


def told_key(prefix: str, service: str) -> str:
    return f"{prefix}/{service}/status"


class Steering:
    """One for each instance of *service*."""

    def __init__(self, etcd: EtcdClient, *, service: str, prefix: str = "/lcm", clock: Clock | None = None) -> None:
        self._etcd = etcd
        self._service = service
        self._orders_key = orders_key(prefix, service)
        self._told_key = told_key(prefix, service)
        self._clock: Clock = clock or SystemClock()
        self._began_at = self._clock.now()
        self._orders: Orders | None = None
        self._read = asyncio.Event()
        self._wake = asyncio.Event()

    @property
    def paused(self) -> bool:
        """Whether a pause is ordered, as far as this instance knows."""
        return self._orders is not None and self._orders.paused

    async def follow(self, steered: Steered) -> None:
        """Until cancelled. What was triggered before this instance began is none of its business.

        An order that cannot be carried out is told in the log and ends nothing: the instance goes on leading.
        """
        async for orders in self._wanted():
            before, self._orders = self._orders, orders
            await self._obey(before, orders, steered)
            self._read.set()
            self._wake.set()

    async def wait_for_first_orders(self) -> None:
        """Before a term begins: a pause has to be known. Etcd has just made this instance leader, so it answers."""
        try:
            async with asyncio.timeout(_FIRST_ORDERS_SECONDS):
                await self._read.wait()
        except TimeoutError:
            log.warning("orders_not_read", service=self._service, key=self._orders_key)

    async def tell(self, steered: Steered, leadership: Leadership) -> None:
        """As leader, tell people how it is; until cancelled. That it cannot be told stops nothing."""
        while True:
            told = LeaderTold(
                instance=leadership.instance,
                epoch=leadership.epoch,
                paused=self.paused,
                loops=steered.told(),
                at=self._clock.now(),
            )
            try:
                await self._etcd.put(self._told_key, told.model_dump_json())
            except FarEndError as error:
                log.warning("status_not_told", service=self._service, reason=str(error))
            self._wake.clear()
            try:
                async with asyncio.timeout(_TOLD_EVERY_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _wanted(self) -> AsyncGenerator[Orders]:
        async with aclosing(self._etcd.watch_prefix(self._orders_key)) as changes:
            async for change in changes:
                if isinstance(change, WatchResync):
                    found = [kv for kv in change.items if kv.key == self._orders_key]
                else:
                    puts = [each.kv for each in change.events if each.kind is WatchEventKind.PUT]
                    found = [kv for kv in puts if kv.key == self._orders_key]
                orders = _orders_in(found[-1]) if found else None
                if orders is not None and (self._orders is None or orders.version >= self._orders.version):
                    yield orders
                elif self._orders is None:
                    yield Orders()

    async def _obey(self, before: Orders | None, orders: Orders, steered: Steered) -> None:
        _paused.set(1 if orders.paused else 0, {"service": self._service})
        if before is None or before.paused != orders.paused:
            with self._told_when_it_fails("pause"):
                steered.order_pause(orders.paused)
        for trigger in self._new_triggers(before, orders):
            with self._told_when_it_fails("trigger", key=trigger.key, loop=trigger.loop):
                await steered.order_trigger(trigger.key, trigger.loop)
        known_epoch = before.resign_epoch if before is not None else None
        if orders.resign_epoch is not None and orders.resign_epoch != known_epoch:
            with self._told_when_it_fails("resign", epoch=orders.resign_epoch):
                steered.order_resign(orders.resign_epoch)

    def _new_triggers(self, before: Orders | None, orders: Orders) -> list[TriggerOrder]:
        """Those that the orders before did not hold; where none were known, those given since this instance began.

        Given by another clock: one that is repeated costs a look, one that is missed may be waited for.
        """
        if before is None or before.version == 0:
            since = self._began_at - _CLOCKS_APART
            return [each for each in orders.triggers if each.at >= since]
        return [each for each in orders.triggers if each not in before.triggers]

    @contextmanager
    def _told_when_it_fails(self, order: str, **facts: object) -> Generator[None]:
        """Only the leader has something to trigger, and a loop that there is not was asked for in vain."""
        try:
            yield
        except NotLeader:
            return
        except (LcmError, TimeoutError) as error:
            log.warning("order_in_vain", service=self._service, order=order, reason=str(error), **facts)
        except Exception:
            log.exception("order_failed", service=self._service, order=order, **facts)


def _orders_in(kv: KeyValue) -> Orders | None:
    try:
        return Orders.model_validate_json(kv.value)
    except ValidationError as error:
        log.error("orders_unreadable", key=kv.key, reason=str(error))
        return None
