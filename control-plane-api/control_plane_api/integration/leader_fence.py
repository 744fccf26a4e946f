"""Refuses writes of a reconciler that has been replaced as leader. Why it works this way: ADR 0004."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import DuplicateKeyError

from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient, EtcdUnavailable
from lcm_core.domain.errors import StaleLeader
from lcm_core.eventstore.collections import LEADER_EPOCHS, Database
from lcm_core.eventstore.store_errors import store_errors

log = structlog.stdlib.get_logger(__name__)

_ETCD_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Confirmed:
    epoch: int
    at: float


class EtcdLeaderFence:
    """``lcm_core.eventstore.fence.LeaderFence`` with etcd as the judge of who leads.

    The epoch that was last found right is stored per service in ``leader_epochs``. A write with another one, or with
    one that etcd has not confirmed for *confirm_seconds*, is checked against the leader key: the leader's epoch is the
    revision at which that key was created. Epochs are compared for equality, never by size.
    """

    def __init__(
        self, database: Database, etcd: EtcdClient, *, prefix: str, confirm_seconds: float, clock: Clock
    ) -> None:
        self._epochs = database[LEADER_EPOCHS]
        self._etcd = etcd
        self._prefix = prefix
        self._confirm_seconds = confirm_seconds
        self._clock = clock
        self._confirmed: dict[str, _Confirmed] = {}

    async def admit(self, service: str, epoch: int) -> None:
        """Raises ``StaleLeader``, or ``EtcdUnavailable`` when an epoch that is new here cannot be checked."""
        confirmed = self._confirmed.get(service)
        now = self._clock.monotonic()
        if confirmed is not None and confirmed.epoch == epoch and now - confirmed.at < self._confirm_seconds:
            return
        with store_errors("checking a leader's epoch"):
            while not await self._settle(service, epoch):
                pass
        self._confirmed[service] = _Confirmed(epoch, now)

    async def verify(self, service: str, epoch: int, session: AsyncClientSession) -> None:
        """Inside the transaction: another process may have seen a newer leader since ``admit``."""
        stored = await self._epochs.find_one({"_id": service}, session=session)
        current = int(stored["epoch"]) if stored else 0
        if current != epoch:
            self._confirmed.pop(service, None)
            raise StaleLeader(service, epoch, current)

    async def _settle(self, service: str, epoch: int) -> bool:
        """One try to find *epoch* right and to store it; False when somebody else stored another one meanwhile.

        The stored epoch is read before etcd is asked, so that an answer from before a change of leaders can never
        replace one from after it.
        """
        stored = await self._stored(service)
        try:
            async with asyncio.timeout(_ETCD_SECONDS):
                holder = await self._etcd.get(f"{self._prefix}/{service}/leader")
        except (EtcdUnavailable, TimeoutError) as error:
            if stored != epoch:
                raise EtcdUnavailable(self._etcd.endpoints, "checking a leader's epoch", str(error)) from error
            log.warning("leader_epoch_not_confirmed", leader=service, epoch=epoch, reason=str(error))
            return True
        current = holder.create_revision if holder is not None else 0
        if current != epoch:
            raise StaleLeader(service, epoch, current)
        return stored == epoch or await self._replace(service, stored, epoch)

    async def _stored(self, service: str) -> int | None:
        found = await self._epochs.find_one({"_id": service})
        return int(found["epoch"]) if found is not None else None

    async def _replace(self, service: str, stored: int | None, epoch: int) -> bool:
        if stored is None:
            try:
                await self._epochs.insert_one({"_id": service, "epoch": epoch})
            except DuplicateKeyError:
                return False
            return True
        changed = await self._epochs.update_one({"_id": service, "epoch": stored}, {"$set": {"epoch": epoch}})
        return changed.matched_count == 1
