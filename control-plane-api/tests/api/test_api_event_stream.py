from __future__ import annotations

import asyncio

import httpx2
import pytest
from pymongo import AsyncMongoClient

from control_plane_api.application.identity import Browser, Ending, LoggedIn
from control_plane_api.integration.identity.web_sessions import MongoWebSessions
from control_plane_api.main import build_app
from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane, settings_for
from control_plane_api.testing.sse_client import STREAM, event_reader
from lcm_core.auth import Principal, Role
from lcm_core.clock import SystemClock
from lcm_core.eventstore.collections import Document
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.http_server import serving
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import OidcIssuer

DEADLINE = 10


@pytest.fixture
def record(control_plane: RunningControlPlane) -> Recorder:
    return Recorder(control_plane.db)


async def test_begins_with_a_snapshot_of_everything_that_goes_on(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    session, worker = a_session(), a_worker()
    await record.commit(session, worker)
    async with control_plane.client("viewer") as viewer, asyncio.timeout(DEADLINE), event_reader(viewer) as events:
        snapshot = await events.next()
    assert snapshot.name == "snapshot"
    assert [row["id"] for row in snapshot.data["sessions"]] == [session.id]
    assert [(row["id"], row["placeable"]) for row in snapshot.data["workers"]] == [(worker.id, False)]
    assert "as_of" in snapshot.data


async def test_tells_each_event_with_the_row_it_led_to(control_plane: RunningControlPlane, record: Recorder) -> None:
    async with control_plane.client("viewer") as viewer, asyncio.timeout(DEADLINE), event_reader(viewer) as events:
        await events.next()
        session = a_session()
        await record.commit(session)
        created = await events.next()
    assert created.name == "lablet_session.created.v1"
    assert created.id == f"lablet_session-{session.id}@1"
    assert created.data["row"]["status"] == "PENDING"
    assert created.data["row"]["version"] == created.data["version"] == 1
    assert created.data["data"]["owner_id"] == "lms-1"


async def test_every_event_of_one_commit_is_told_and_the_last_has_the_id_of_the_commit(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    async with control_plane.client("viewer") as viewer, asyncio.timeout(DEADLINE), event_reader(viewer) as events:
        await events.next()
        worker = made_ready(a_worker())
        await record.commit(worker)
        told = [await events.next() for _ in range(3)]
    assert [event.name for event in told] == [
        "cml_worker.requested.v1",
        "cml_worker.launched.v1",
        "cml_worker.ready.v1",
    ]
    commit_id = f"cml_worker-{worker.id}@1"
    assert [event.id for event in told] == [f"{commit_id}#0", f"{commit_id}#1", commit_id]


async def test_a_reconnect_with_the_last_id_misses_nothing_and_gets_no_snapshot(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    async with control_plane.client("viewer") as viewer, asyncio.timeout(DEADLINE):
        async with event_reader(viewer) as events:
            await events.next()
            await record.commit(a_session())
            await events.next()
            last_id = events.last_id
        missed = a_session()
        await record.commit(missed)
        async with event_reader(viewer, last_event_id=last_id) as events:
            first = await events.next()
    assert (first.name, first.data["aggregate_id"]) == ("lablet_session.created.v1", missed.id)


async def test_a_reconnect_with_an_id_that_is_no_longer_known_starts_with_a_snapshot(
    control_plane: RunningControlPlane,
) -> None:
    async with (
        asyncio.timeout(DEADLINE),
        control_plane.client("viewer") as viewer,
        event_reader(viewer, last_event_id="lablet_session-long-gone@7") as events,
    ):
        assert (await events.next()).name == "snapshot"


async def test_kinds_limits_snapshot_and_events(control_plane: RunningControlPlane, record: Recorder) -> None:
    async with (
        asyncio.timeout(DEADLINE),
        control_plane.client("viewer") as viewer,
        event_reader(viewer, kinds="cml_worker") as events,
    ):
        snapshot = await events.next()
        await record.commit(a_session())
        await record.commit(a_worker())
        first = await events.next()
    assert "sessions" not in snapshot.data
    assert first.data["kind"] == "cml_worker"


async def test_streams_that_begin_at_any_time_all_end_with_the_same_rows(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    """Whatever falls between snapshot and events comes in one of them."""
    sessions = [a_session() for _ in range(20)]
    seen: list[set[str]] = []

    async def follow() -> None:
        found: set[str] = set()
        async with control_plane.client("viewer") as viewer, event_reader(viewer, kinds="lablet_session") as events:
            while len(found) < len(sessions):
                event = await events.next()
                rows = event.data["sessions"] if event.name == "snapshot" else [event.data["row"]]
                found |= {row["id"] for row in rows}
        seen.append(found)

    async with asyncio.timeout(DEADLINE), asyncio.TaskGroup() as group:
        for session in sessions:
            await record.commit(session)
            group.create_task(follow())
    assert all(found == {session.id for session in sessions} for found in seen)


async def test_a_row_is_never_older_than_its_event(control_plane: RunningControlPlane, record: Recorder) -> None:
    async with control_plane.client("viewer") as viewer, asyncio.timeout(DEADLINE), event_reader(viewer) as events:
        await events.next()
        session = a_session()
        await record.commit(session)
        for number in range(5):
            session.hold(f"decision-{number}", f"reason {number}", now_stamp())
            await record.commit(session)
        told = [await events.next() for _ in range(6)]
    assert [event.data["version"] for event in told] == [1, 2, 3, 4, 5, 6]
    assert all(event.data["row"]["version"] >= event.data["version"] for event in told)


async def test_an_lms_is_told_of_its_own_and_of_nothing_else(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    before = {owner: a_session(owner_id=owner) for owner in ("lms-1", "lms-2")}
    await record.commit(*before.values(), a_worker())
    async with (
        asyncio.timeout(DEADLINE),
        control_plane.client("lms", subject="lms-1") as lms,
        event_reader(lms) as events,
    ):
        snapshot = await events.next()
        after = {owner: a_session(owner_id=owner) for owner in ("lms-2", "lms-1")}
        await record.commit(after["lms-2"])
        await record.commit(a_worker(name="worker-2"))
        await record.commit(after["lms-1"])
        first = await events.next()
    assert [row["id"] for row in snapshot.data["sessions"]] == [before["lms-1"].id]
    assert "workers" not in snapshot.data
    assert first.data["aggregate_id"] == after["lms-1"].id


@pytest.mark.parametrize(("role", "told"), [("viewer", False), ("operator", True)])
async def test_what_only_operators_may_list_only_they_are_told(
    control_plane: RunningControlPlane, record: Recorder, role: str, told: bool
) -> None:
    async with control_plane.client(role) as reader, asyncio.timeout(DEADLINE), event_reader(reader) as events:
        await events.next()
        async with control_plane.client("operator") as operator:
            (await operator.get("/api/v1/audit/export")).raise_for_status()
        await record.commit(a_worker())
        first = await events.next()
    assert first.data["kind"] == ("audit_export" if told else "cml_worker")


async def test_resources_limits_snapshot_and_events_to_those_named(
    control_plane: RunningControlPlane, record: Recorder
) -> None:
    wanted, other = a_session(), a_session()
    await record.commit(wanted, other)
    async with (
        asyncio.timeout(DEADLINE),
        control_plane.client("viewer") as viewer,
        event_reader(viewer, resources=f"lablet_session:{wanted.id}") as events,
    ):
        snapshot = await events.next()
        for session in (other, wanted):
            session.hold("decision", "no room", now_stamp())
            await record.commit(session)
        first = await events.next()
    assert [row["id"] for row in snapshot.data["sessions"]] == [wanted.id]
    assert first.data["aggregate_id"] == wanted.id


async def test_a_reconnect_to_another_replica_and_after_a_restart_misses_nothing_and_repeats_nothing(
    mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer
) -> None:
    settings = settings_for(mongo, etcd, issuer)
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    committed, told = list[str](), list[str]()

    async with client, asyncio.timeout(60):
        record = Recorder(client[settings.mongo_database])

        async def commit() -> None:
            worker = made_ready(a_worker(name=f"worker-{len(committed)}"))
            (made,) = await record.commit(worker)
            committed.extend([f"{made.id}#0", f"{made.id}#1", made.id])

        async def follow(url: str, events: int) -> None:
            """Takes so many events and leaves, even in the middle of a commit."""
            token = issuer.token(["viewer"], client_id="test")
            headers = {"Authorization": f"Bearer {token}"}
            async with (
                httpx2.AsyncClient(base_url=url, headers=headers, timeout=15) as http,
                event_reader(http, last_event_id=told[-1] if told else None) as stream,
            ):
                if not told:
                    assert (await stream.next()).name == "snapshot"
                    await commit()
                for _ in range(events):
                    told.append(str((await stream.next()).id))

        first_app = build_app(settings)
        async with serving(first_app) as first, serving(build_app(settings)) as second:
            await follow(first, 2)
            await commit()
            await follow(second, 3)
            await first_app.state.services.live.feed.save_position()
        await commit()
        async with serving(build_app(settings)) as again:
            await commit()
            await follow(again, len(committed) - len(told))
        await client.drop_database(settings.mongo_database)
    assert told == committed


async def test_a_stream_ends_when_its_login_does(mongo: MongoServer, etcd: EtcdServer, issuer: OidcIssuer) -> None:
    async with running_control_plane(mongo, etcd, issuer, stream_recheck_seconds=0.1) as plane:
        logins = MongoWebSessions(plane.db, session_hours=1, idle_minutes=60, clock=SystemClock())
        viewer = Principal(subject="ada", client_id="lcm-ui", roles=frozenset({Role.VIEWER}), name="Ada")
        key, _ = await logins.begin(LoggedIn(viewer, None), Browser("127.0.0.1", "a test"))
        async with (
            asyncio.timeout(DEADLINE),
            httpx2.AsyncClient(base_url=plane.url, cookies={"lcm_session": key}, timeout=15) as http,
            event_reader(http) as events,
        ):
            assert (await events.next()).name == "snapshot"
            await logins.end(key, Ending("ada", "logged out"))
            with pytest.raises(StopAsyncIteration):
                await events.next()


async def test_is_closed_to_a_caller_without_a_role_for_it(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("service") as service:
        assert (await service.get(STREAM)).status_code == 403
