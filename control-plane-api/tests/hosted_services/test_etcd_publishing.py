from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from control_plane_api.application.commands.lablet_session.schedule_lablet_session_command import (
    ScheduleLabletSessionCommand,
)
from control_plane_api.application.hosted_services.worker_capacity_publisher import WorkerCapacityPublisher
from control_plane_api.application.live.live_rows import LiveWorkers
from control_plane_api.domain.entities import WarmPool
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from lcm_core.application.context import CommandContext
from lcm_core.clock import SystemClock
from lcm_core.contracts.sessions import ScheduleSession
from lcm_core.coordination import EtcdClient, WatchBatch, WatchResync
from lcm_core.domain.enums import SessionOutcome
from lcm_core.domain.read_models import PlacementDecision, PlacementOutcome
from lcm_core.domain.values import ForeignLab
from lcm_core.domain.warm_pool import WarmPoolPolicy, WarmPoolStatus
from lcm_core.eventstore.collections import Document, ensure_indexes
from lcm_core.testing.etcd_server import EtcdServer, etcd_server
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer

DEADLINE = 20


@dataclass
class World:
    control_plane: RunningControlPlane
    etcd: EtcdClient
    record: Recorder

    @property
    def root(self) -> str:
        return self.control_plane.settings.etcd_prefix

    async def until(self, key: str, **wanted: Any) -> dict[str, Any]:
        """The value of *key* once it says *wanted*."""
        async for value in self._values(key):
            if isinstance(value, dict) and all(value.get(name) == item for name, item in wanted.items()):
                return value
        raise AssertionError("the watch ended")

    async def until_gone(self, key: str) -> None:
        async for value in self._values(key):
            if value is None:
                return

    async def _values(self, key: str) -> AsyncGenerator[Any]:
        """What *key* says now, and whenever it changes; None while it does not exist, its text when it is no JSON."""
        async with (
            asyncio.timeout(DEADLINE),
            aclosing(self.etcd.watch_prefix(f"{self.root}/{key}")) as changes,
        ):
            async for _ in changes:
                kv = await self.etcd.get(f"{self.root}/{key}")
                try:
                    yield kv.json() if kv is not None else None
                except ValueError:
                    yield kv.text if kv is not None else None


@pytest.fixture
async def world(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer) -> AsyncIterator[World]:
    async with (
        running_control_plane(mongo, etcd, issuer, sweep_seconds=0.5) as control_plane,
        EtcdClient([etcd.endpoint]) as client,
    ):
        yield World(control_plane, client, Recorder(control_plane.db))


async def test_a_session_is_told_with_status_and_ports(world: World) -> None:
    session = a_session()
    await world.record.commit(session)
    status = await world.until(f"sessions/{session.id}/status", status="PENDING")
    assert status == {
        "status": "PENDING",
        "terminate_requested": False,
        "grading_attempt": 1,
        "worker_id": None,
        "promised_worker_id": None,
        "recovery_deadline": None,
        "stirred_at": None,
        "timeslot": session.state.timeslot.model_dump(mode="json"),
        "version": 1,
    }
    assert await world.until(f"sessions/{session.id}/ports") == {"worker_id": None, "ports": [], "version": 1}


async def test_a_worker_is_told_with_its_room(world: World) -> None:
    worker = made_ready(a_worker())
    foreign = ForeignLab(lab_id="lab-1", title="Mine", owner="ada", ports=(2999,))
    worker.report_foreign_labs([foreign], now_stamp())
    await world.record.commit(worker)
    capacity = await world.until(f"workers/{worker.id}/capacity", placeable=True)
    assert capacity["foreign_labs"] == [{"lab_id": "lab-1", "ports": [2999]}], "no word of whose it is"
    assert set(capacity) == {
        "declared", "allocations", "available_now", "port_range", "foreign_labs", "prepared_labs",
        "placeable", "host_lost", "status", "desired_status", "version",
    }  # fmt: skip
    assert capacity["available_now"] == capacity["declared"]
    assert (await world.until(f"workers/{worker.id}/desired"))["desired_status"] == "RUNNING"
    assert (await world.until(f"workers/{worker.id}/actual"))["service_status"] == "AVAILABLE"


async def test_what_has_ended_is_no_longer_told(world: World) -> None:
    session, worker = a_session(), a_worker()
    await world.record.commit(session, worker)
    await world.until(f"sessions/{session.id}/status")
    await world.until(f"workers/{worker.id}/actual")
    session.terminate(SessionOutcome.CANCELLED, "", now_stamp(), capacity_released=False)
    worker.terminated("gone", now_stamp())
    await world.record.commit(session, worker)
    for key in (f"sessions/{session.id}/status", f"sessions/{session.id}/ports", f"workers/{worker.id}/capacity"):
        await world.until_gone(key)


async def test_a_commit_that_changes_nothing_that_is_told_wakes_nobody(world: World) -> None:
    session = a_session()
    await world.record.commit(session)
    await world.until(f"sessions/{session.id}/status")
    revision = (await world.etcd.get_prefix(f"{world.root}/sessions/")).revision
    session.hold("decision", "no worker yet", now_stamp())
    await world.record.commit(session)
    other = a_session()
    await world.record.commit(other)
    await world.until(f"sessions/{other.id}/status")
    async with aclosing(world.etcd.watch_prefix(f"{world.root}/sessions/{session.id}/", revision + 1)) as changes:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                async for change in changes:
                    assert isinstance(change, WatchBatch)
                    pytest.fail(f"{change.events} was told although nothing changed")


async def test_the_sweep_repairs_both_ways(world: World) -> None:
    session = a_session()
    await world.record.commit(session)
    key = f"{world.root}/sessions/{session.id}/status"
    await world.until(f"sessions/{session.id}/status", status="PENDING")
    stray = f"{world.root}/sessions/nobody/status"
    await world.etcd.put(stray, '{"status":"RUNNING","version":3}')
    await world.etcd.put(key, '{"status":"RUNNING","version":99}')
    await world.until_gone("sessions/nobody/status")
    await world.until(f"sessions/{session.id}/status", status="PENDING", version=1)
    await world.etcd.delete(key)
    await world.until(f"sessions/{session.id}/status", status="PENDING")
    await world.etcd.put(key, "not json at all")
    await world.until(f"sessions/{session.id}/status", status="PENDING")


async def test_everything_comes_back_after_etcd_was_wiped(mongo: MongoServer, issuer: OidcIssuer) -> None:
    with etcd_server() as server:
        async with (
            running_control_plane(mongo, server, issuer, sweep_seconds=3600) as control_plane,
            EtcdClient([server.endpoint]) as client,
        ):
            world = World(control_plane, client, Recorder(control_plane.db))
            session, worker = a_session(), made_ready(a_worker())
            await world.record.commit(session, worker)
            await world.until(f"sessions/{session.id}/status")
            await world.until(f"workers/{worker.id}/capacity")
            server.kill()
            server.wipe()
            meanwhile = a_session()
            await world.record.commit(meanwhile)
            await server.restart()
            await world.until(f"sessions/{session.id}/status", status="PENDING")
            await world.until(f"sessions/{meanwhile.id}/status", status="PENDING")
            await world.until(f"workers/{worker.id}/capacity", placeable=True)


async def test_what_was_committed_while_no_process_told_it_is_told_at_the_next_start(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer
) -> None:
    name, session = f"test_{uuid4().hex[:12]}", a_session()
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    async with client, EtcdClient([etcd.endpoint]) as etcd_client:
        await ensure_indexes(client[name])
        await Recorder(client[name]).commit(session)
        async with running_control_plane(mongo, etcd, issuer, sweep_seconds=3600, mongo_database=name) as late:
            await World(late, etcd_client, Recorder(late.db)).until(f"sessions/{session.id}/status")


async def test_a_command_is_told_within_milliseconds(world: World) -> None:
    """From the answer of a command to the key in etcd; the limit is generous because the machine is shared."""
    worker = made_ready(a_worker())
    sessions = [a_session() for _ in range(7)]
    for each in (worker, *sessions):
        await world.record.commit(each)
    for each in sessions:
        await world.until(f"sessions/{each.id}/status")
    revision = (await world.etcd.get_prefix(f"{world.root}/sessions/")).revision
    async with aclosing(world.etcd.watch_prefix(f"{world.root}/sessions/", revision + 1)) as changes:
        delays = [await _delay(world, session.id, worker.id, changes) for session in sessions]
    print(f"median {statistics.median(delays) * 1000:.1f} ms, worst {max(delays) * 1000:.1f} ms")
    assert statistics.median(delays) < 0.25


async def _delay(
    world: World, session_id: str, worker_id: str, changes: AsyncGenerator[WatchBatch | WatchResync]
) -> float:
    decision = PlacementDecision(
        id=f"d-{session_id}",
        session_id=session_id,
        at=now_stamp().at,
        outcome=PlacementOutcome.ASSIGN,
        worker_id=worker_id,
        summary="",
        engine_version="test",
    )
    command = ScheduleLabletSessionCommand(session_id, ScheduleSession(worker_id=worker_id, decision=decision))
    await world.control_plane.mediator.execute(command, CommandContext(actor="test", correlation_id="test"))
    answered = time.perf_counter()
    async with asyncio.timeout(DEADLINE):
        async for change in changes:
            told = [event.kv for event in change.events] if isinstance(change, WatchBatch) else []
            if any(kv.key.endswith(f"{session_id}/status") and b"SCHEDULED" in kv.value for kv in told):
                return time.perf_counter() - answered
    raise AssertionError("the watch ended")


async def test_what_only_time_has_changed_is_brought_up_to_date_and_counts_as_no_repair(world: World) -> None:
    worker = made_ready(a_worker())
    await world.record.commit(worker)
    key = f"workers/{worker.id}/capacity"
    told = await world.until(key, placeable=True)
    rows = LiveWorkers(mongo_read_side(world.control_plane.db, SystemClock()).workers)
    publisher = WorkerCapacityPublisher(world.etcd, rows, root=world.root, clock=SystemClock())
    aged = {**told, "available_now": {**told["available_now"], "nodes": 0}}
    await world.etcd.put(f"{world.root}/{key}", json.dumps(aged))
    assert await publisher.repair() == 0
    assert await world.until(key) == told


async def test_what_is_wanted_of_a_warm_pool_wakes_its_keeper(world: World) -> None:
    pool = WarmPool.create("pool-1", "two-routers", WarmPoolPolicy(depth=2), "exams", now_stamp())
    await world.record.commit(pool)
    await world.until("warm-pools/pool-1/wanted", status="ACTIVE")
    pool.change_status(WarmPoolStatus.PAUSED, "maintenance", now_stamp())
    await world.record.commit(pool)
    told = await world.until("warm-pools/pool-1/wanted", status="PAUSED")
    assert told["policy"]["depth"] == 2
