"""One leader per service, by a key in etcd that lives as long as its holder's lease."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import datetime

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from lcm_core.clock import Clock, SystemClock
from lcm_core.coordination.etcd_client import EtcdClient
from lcm_core.coordination.etcd_types import (
    Compare,
    EtcdUnavailable,
    Get,
    KeyValue,
    Lease,
    Put,
    TxnResult,
    WatchBatch,
    WatchEventKind,
)
from lcm_core.coordination.leadership import Leadership, NotLeader, acting_as_leader
from lcm_core.domain.errors import FarEndError
from lcm_core.observability.metrics import meter
from lcm_core.settings import ServiceSettings

log = structlog.stdlib.get_logger(__name__)

_meter = meter("lcm_core.coordination")
_leading = _meter.create_gauge("lcm_leader", description="1 on the instance that leads its service, else 0.")
_elected = _meter.create_counter("lcm_leader_elected_total", description="Times this instance became leader.")

VALID_SHARE_OF_TTL = 0.8
"""A term is over this early, counted from before its renewal was sent: clocks that run a little apart do no harm."""

OnElected = Callable[[Leadership], Awaitable[None]]


class LeaderRecord(BaseModel):
    """What the leader key tells everyone."""

    model_config = ConfigDict(frozen=True)

    holder: str
    instance: str
    since: datetime
    epoch: int = 0


class _TermOver(Exception):
    """Ends the work of a term; carries the reason."""


class LeaderElection:
    """Stands for election until cancelled.

    The epoch of a term is the revision at which its key was created: etcd never gives the same or a lower one again.
    A leader that dies is replaced when its lease ends, *ttl_seconds* after its last renewal; one that stops, at once.
    """

    def __init__(
        self,
        etcd: EtcdClient,
        *,
        service: str,
        instance: str,
        prefix: str = "/lcm",
        ttl_seconds: int = 10,
        clock: Clock | None = None,
    ) -> None:
        self._etcd = etcd
        self._service = service
        self._instance = instance
        self._ttl_seconds = ttl_seconds
        self._clock: Clock = clock or SystemClock()
        self._leadership: Leadership | None = None
        self._resigning = asyncio.Event()
        self.key = f"{prefix}/{service}/leader"
        _leading.set(0, self._labels)

    @classmethod
    def from_settings(cls, etcd: EtcdClient, settings: ServiceSettings) -> LeaderElection:
        return cls(
            etcd,
            service=settings.service_name,
            instance=settings.instance_id,
            prefix=settings.etcd_prefix,
            ttl_seconds=settings.leader_lease_ttl_seconds,
        )

    @property
    def service(self) -> str:
        return self._service

    @property
    def instance(self) -> str:
        return self._instance

    @property
    def leadership(self) -> Leadership | None:
        """The current term of this instance, while it is valid."""
        return self._leadership if self._leadership is not None and self._leadership.is_valid else None

    @property
    def is_leader(self) -> bool:
        return self.leadership is not None

    async def leader(self) -> LeaderRecord | None:
        """Who leads, asked from etcd; None when nobody does or the key cannot be read."""
        kv = await self._etcd.get(self.key)
        if kv is None:
            return None
        try:
            return LeaderRecord.model_validate({**kv.json(), "epoch": kv.create_revision})
        except (ValueError, TypeError, ValidationError):
            return None

    def resign(self) -> bool:
        """Give up the current term when its work has come to a stop, and let others go first. False when not leader."""
        if not self.is_leader:
            return False
        self._resigning.set()
        return True

    async def run(self, on_elected: OnElected) -> None:
        """Stand for election for ever; in each term run *on_elected* with it.

        *on_elected* is cancelled when the term ends. Until it has come to a stop the lease is renewed if possible, so
        that nobody else starts meanwhile. When it returns or raises, the term is given up; what it raises is raised.
        """
        while True:
            lease, leadership = await self._campaign()
            await self._serve_term(lease, leadership, on_elected)
            held_off = self._ttl_seconds if self._resigning.is_set() else random.uniform(0.1, 0.5)
            self._resigning.clear()
            await self._clock.sleep(held_off)

    # -- campaign

    async def _campaign(self) -> tuple[Lease, Leadership]:
        pause = 0.1
        while True:
            try:
                holder = await self._etcd.get(self.key)
                if holder is not None:
                    await self._wait_for_vacancy(holder)
                    continue
                won = await self._try_to_win()
                if won is not None:
                    return won
            except FarEndError as error:
                log.warning("leader_campaign_interrupted", service=self._service, reason=str(error))
                await self._clock.sleep(pause * random.uniform(0.5, 1.0))
                pause = min(1.0, pause * 2)

    async def _wait_for_vacancy(self, holder: KeyValue) -> None:
        """Return when the leader key is gone, or after a while, so that a lost wake-up costs no more than that."""
        try:
            async with (
                asyncio.timeout(self._ttl_seconds * random.uniform(1.0, 1.5)),
                aclosing(self._etcd.watch_prefix(self.key, holder.mod_revision + 1)) as changes,
            ):
                async for change in changes:
                    if not isinstance(change, WatchBatch):
                        return
                    if any(each.kv.key == self.key and each.kind is WatchEventKind.DELETE for each in change.events):
                        return
        except TimeoutError:
            return

    async def _try_to_win(self) -> tuple[Lease, Leadership] | None:
        asked = self._clock.monotonic()
        lease = await self._etcd.lease_grant(self._ttl_seconds)
        won = False
        try:
            epoch = await self._claim(lease)
            if epoch is None:
                return None
            valid_until = asked + lease.ttl_seconds * VALID_SHARE_OF_TTL
            leadership = Leadership(self._service, self._instance, epoch, valid_until, self._clock)
            won = leadership.is_valid
            return (lease, leadership) if won else None
        finally:
            if not won:
                await self._give_back(lease)

    async def _claim(self, lease: Lease) -> int | None:
        """The epoch when the key is ours. Safe to repeat: a key with our lease was written by us, its answer lost."""
        record = LeaderRecord(holder=self._service, instance=self._instance, since=self._clock.now())
        value = record.model_dump_json(exclude={"epoch"}).encode()

        async def attempt() -> TxnResult:
            return await self._etcd.txn(
                [Compare(self.key, "create_revision", 0)], [Put(self.key, value, lease.id)], [Get(self.key)]
            )

        result = await self._etcd.repeating(attempt)
        if result.succeeded:
            return result.revision
        holder = result.found[0]
        return holder.create_revision if holder is not None and holder.lease_id == lease.id else None

    # -- office

    async def _serve_term(self, lease: Lease, leadership: Leadership, on_elected: OnElected) -> None:
        self._leadership = leadership
        _leading.set(1, self._labels)
        _elected.add(1, self._labels)
        log.info("leader_elected", service=self._service, instance=self._instance, epoch=leadership.epoch)
        why = "it was stopped"
        try:
            why = await self._work_while_leading(lease, leadership, on_elected)
        except Exception as error:
            why = f"its work failed ({type(error).__name__})"
            raise
        finally:
            leadership.end(why)
            _leading.set(0, self._labels)
            log.info("leader_term_over", service=self._service, epoch=leadership.epoch, reason=why)
            await self._give_back(lease)

    async def _work_while_leading(self, lease: Lease, leadership: Leadership, on_elected: OnElected) -> str:
        """Why the term is over. Cancellation reaches the work first; the lease is renewed until the work has ended."""
        failure: Exception | None = None
        why = "its work is done"
        try:
            async with asyncio.TaskGroup() as group:
                watchers = [
                    group.create_task(self._renew(lease, leadership)),
                    group.create_task(self._guard_key(leadership)),
                    group.create_task(self._await_resignation()),
                    group.create_task(self._await_end(leadership)),
                ]
                try:
                    with acting_as_leader(leadership):
                        await on_elected(leadership)
                except Exception as error:  # noqa: BLE001 - raised below, outside of the group
                    failure = error
                finally:
                    for each in watchers:
                        each.cancel()
        except* _TermOver as over:
            why = str(over.exceptions[0])
        if failure is None or (isinstance(failure, NotLeader) and not leadership.is_valid):
            return why
        raise failure

    async def _renew(self, lease: Lease, leadership: Leadership) -> None:
        while True:
            remaining = leadership.remaining_seconds
            if remaining <= 0:
                raise self._over(leadership, "the lease could not be renewed in time")
            await self._clock.sleep(min(lease.ttl_seconds / 3, max(0.05, remaining / 3)))
            asked = self._clock.monotonic()
            try:
                ttl = await self._etcd.lease_keepalive(
                    lease.id, deadline_seconds=min(1.0, max(0.1, leadership.remaining_seconds))
                )
            except EtcdUnavailable as error:
                log.warning("leader_lease_not_renewed", service=self._service, reason=str(error))
                continue
            if ttl <= 0:
                raise self._over(leadership, "the lease has ended")
            leadership.renew(asked + ttl * VALID_SHARE_OF_TTL)

    async def _guard_key(self, leadership: Leadership) -> None:
        """Leadership is the key, not the lease: when somebody deletes it, another may be elected at once."""
        async with aclosing(self._etcd.watch_prefix(self.key, leadership.epoch + 1)) as changes:
            async for change in changes:
                if isinstance(change, WatchBatch):
                    gone = any(
                        each.kv.key == self.key and each.kv.create_revision != leadership.epoch
                        for each in change.events
                    )
                else:
                    gone = all(kv.key != self.key or kv.create_revision != leadership.epoch for kv in change.items)
                if gone:
                    raise self._over(leadership, "the leader key was deleted")

    async def _await_end(self, leadership: Leadership) -> None:
        raise _TermOver(await leadership.wait_ended())

    async def _await_resignation(self) -> None:
        await self._resigning.wait()
        raise _TermOver("it resigned")

    def _over(self, leadership: Leadership, why: str) -> _TermOver:
        leadership.end(why)
        return _TermOver(why)

    async def _give_back(self, lease: Lease) -> None:
        """End the lease, so that the next leader need not wait for it; when etcd is away it ends by itself."""
        try:
            async with asyncio.timeout(1.0):
                await self._etcd.lease_revoke(lease.id)
        except (TimeoutError, FarEndError) as error:
            log.warning("leader_lease_not_given_back", service=self._service, reason=str(error) or "no answer")

    @property
    def _labels(self) -> dict[str, str]:
        return {"service": self._service, "instance": self._instance}
