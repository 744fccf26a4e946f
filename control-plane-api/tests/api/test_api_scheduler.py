"""What anybody who may look can know of the scheduler, from what is on record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from control_plane_api.testing.builders import Recorder, a_session, a_worker, made_ready
from control_plane_api.testing.running_control_plane import RunningControlPlane

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_queue_says_who_waits_in_which_order_and_since_when(
    shared_control_plane: RunningControlPlane,
) -> None:
    sessions = [a_session(), a_session()]
    for session in sessions:
        await Recorder(shared_control_plane.db).commit(session)
    async with shared_control_plane.client("viewer") as viewer:
        queue = (await viewer.get("/api/v1/scheduler/queue")).json()
        first = (await viewer.get("/api/v1/scheduler/queue", params={"limit": 1})).json()
    assert (queue["total"], queue["unpromised"], queue["at_risk"]) == (2, 2, 0)
    assert {row["session_id"] for row in queue["sessions"]} == {session.id for session in sessions}
    assert [row["position"] for row in queue["sessions"]] == [1, 2]
    assert all(row["starts_at"] and row["priority"] for row in queue["sessions"])
    assert (first["total"], first["sessions"]) == (2, [{**queue["sessions"][0], "age_seconds": _age(first)}])


def _age(queue: dict[str, list[dict[str, float]]]) -> float:
    return queue["sessions"][0]["age_seconds"]


async def test_decisions_of_all_sessions_are_one_list_newest_first(shared_control_plane: RunningControlPlane) -> None:
    decision = {"engine_version": "2", "summary": "0/0 workers", "outcome": "wait", "decided_at": datetime.now(UTC)}
    await shared_control_plane.db["placement_decisions"].insert_many(
        {"_id": f"d-{day}", "session_id": f"s-{day % 2}", "at": f"2026-01-0{day}T00:00:00.000000Z", **decision}
        for day in range(1, 6)
    )
    path = "/api/v1/scheduler/decisions"
    async with shared_control_plane.client("viewer") as viewer:
        page = (await viewer.get(path, params={"limit": 2, "total": "true"})).json()
        of_one = (await viewer.get(path, params={"session_id": "s-1", "fields": "id"})).json()
        window = {"from": "2026-01-02T00:00:00Z", "to": "2026-01-04T00:00:00Z", "fields": "id"}
        of_two_days = (await viewer.get(path, params=window)).json()
    assert ([row["id"] for row in page["items"]], page["total"]) == (["d-5", "d-4"], 5)
    assert of_one["items"] == [{"id": "d-5"}, {"id": "d-3"}, {"id": "d-1"}]
    assert of_two_days["items"] == [{"id": "d-3"}, {"id": "d-2"}]


async def test_the_landscape_has_an_hour_for_each_that_was_asked_for(
    shared_control_plane: RunningControlPlane,
) -> None:
    worker = made_ready(a_worker())
    await Recorder(shared_control_plane.db).commit(worker)
    async with shared_control_plane.client("viewer") as viewer:
        landscape = (await viewer.get("/api/v1/scheduler/landscape", params={"hours": 6})).json()
    assert len(landscape["hours"]) == 6
    assert sum(row["workers"] for row in landscape["supply"]) == 1
