from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from control_plane_api.integration.leader_fence import EtcdLeaderFence
from lcm_core.clock import SystemClock
from lcm_core.coordination import EtcdClient, EtcdUnavailable
from lcm_core.domain.errors import StaleLeader
from lcm_core.eventstore.collections import LEADER_EPOCHS, Database, Document
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.mongo_server import MongoServer

SERVICE = "resource-scheduler"


@dataclass
class World:
    db: Database
    etcd: EtcdClient
    prefix: str

    def fence(self, confirm_seconds: float = 0.0) -> EtcdLeaderFence:
        return EtcdLeaderFence(
            self.db, self.etcd, prefix=self.prefix, confirm_seconds=confirm_seconds, clock=SystemClock()
        )

    @property
    def leader_key(self) -> str:
        return f"{self.prefix}/{SERVICE}/leader"

    async def elect(self, holder: str) -> int:
        """A new holder of the leader key; its epoch."""
        await self.etcd.delete(self.leader_key)
        return await self.etcd.put(self.leader_key, holder)

    async def stored(self) -> int | None:
        found = await self.db[LEADER_EPOCHS].find_one({"_id": SERVICE})
        return found["epoch"] if found else None

    async def verify(self, fence: EtcdLeaderFence, epoch: int) -> None:
        async with self.db.client.start_session() as session, await session.start_transaction():
            await fence.verify(SERVICE, epoch, session)


@pytest.fixture
async def world(mongo: MongoServer, etcd: EtcdServer) -> AsyncIterator[World]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    async with client, EtcdClient([etcd.endpoint]) as etcd_client:
        unique = uuid4().hex[:12]
        db = client[f"test_{unique}"]
        await db.create_collection(LEADER_EPOCHS)
        yield World(db, etcd_client, f"/test-{unique}")
        await client.drop_database(db.name)


async def test_the_holder_of_the_leader_key_is_admitted_and_remembered(world: World) -> None:
    epoch = await world.elect("a")
    await world.fence().admit(SERVICE, epoch)
    assert await world.stored() == epoch


async def test_a_replaced_leader_is_refused_before_its_successor_has_written_anything(world: World) -> None:
    fence = world.fence()
    old = await world.elect("a")
    await fence.admit(SERVICE, old)
    new = await world.elect("b")
    with pytest.raises(StaleLeader) as refusal:
        await fence.admit(SERVICE, old)
    assert (refusal.value.epoch, refusal.value.current) == (old, new)


async def test_an_epoch_of_nobody_is_refused(world: World) -> None:
    with pytest.raises(StaleLeader):
        await world.fence().admit(SERVICE, 7)


async def test_another_process_with_a_fresh_confirmation_refuses_inside_the_transaction(world: World) -> None:
    here, there = world.fence(confirm_seconds=60), world.fence(confirm_seconds=60)
    old = await world.elect("a")
    await here.admit(SERVICE, old)
    await there.admit(SERVICE, await world.elect("b"))
    await here.admit(SERVICE, old)
    with pytest.raises(StaleLeader):
        await world.verify(here, old)
    with pytest.raises(StaleLeader):
        await here.admit(SERVICE, old)


async def test_a_wiped_etcd_gives_lower_epochs_and_they_are_accepted(world: World) -> None:
    with etcd_server() as server:
        async with EtcdClient([server.endpoint]) as etcd:
            other = World(world.db, etcd, world.prefix)
            for _ in range(5):
                before = await other.elect("a")
            await other.fence().admit(SERVICE, before)
            server.kill()
            server.wipe()
            await server.restart()
            after = await other.elect("b")
            assert after < before
            await other.fence().admit(SERVICE, after)
            await other.verify(other.fence(), after)
            with pytest.raises(StaleLeader):
                await other.fence().admit(SERVICE, before)


async def test_without_etcd_the_stored_epoch_goes_on_and_another_is_unavailable(world: World) -> None:
    with etcd_server() as server:
        async with EtcdClient([server.endpoint], attempt_seconds=0.3, total_seconds=0.6) as etcd:
            other = World(world.db, etcd, world.prefix)
            epoch = await other.elect("a")
            await other.fence().admit(SERVICE, epoch)
            server.kill()
            await other.fence().admit(SERVICE, epoch)
            with pytest.raises(EtcdUnavailable):
                await other.fence().admit(SERVICE, epoch + 1)
