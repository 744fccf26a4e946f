from __future__ import annotations

import asyncio

import pytest

from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane
from control_plane_api.testing.sse_client import STREAM, event_reader

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


async def test_every_event_of_one_commit_is_told_and_only_the_last_moves_the_id_on(
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
    assert [event.id for event in told] == [None, None, f"cml_worker-{worker.id}@1"]


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


async def test_is_closed_to_a_caller_without_a_role_for_it(control_plane: RunningControlPlane) -> None:
    async with control_plane.client("service") as service:
        assert (await service.get(STREAM)).status_code == 403
