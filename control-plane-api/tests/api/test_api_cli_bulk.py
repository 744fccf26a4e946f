"""Many sessions named at a terminal at once: each has its own answer, and nobody else is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio

from control_plane_api.testing.builders import Recorder, a_session, now_stamp
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.read_models.lablet_session_read_model import StepRecord
from lcm_core.testing.person_at_a_terminal import PersonAtATerminal

pytestmark = pytest.mark.asyncio(loop_scope="module")

WHY = ("--reason", "host is being replaced")


@pytest.fixture
def operator(shared_control_plane: RunningControlPlane, tmp_path: Path) -> PersonAtATerminal:
    return shared_control_plane.terminal(tmp_path, "operator")


@pytest_asyncio.fixture(loop_scope="module")
async def waiting(shared_control_plane: RunningControlPlane) -> list[str]:
    """Three sessions that wait for room."""
    sessions = [a_session() for _ in range(3)]
    for each in sessions:
        await Recorder(shared_control_plane.db).commit(each)
    return [each.id for each in sessions]


async def statuses(plane: RunningControlPlane, ids: list[str]) -> list[str]:
    rows = {row["_id"]: row["status"] async for row in plane.db["lablet_sessions"].find({"_id": {"$in": ids}})}
    return [rows[id] for id in ids]


async def stuck(plane: RunningControlPlane) -> str:
    """A session whose import has failed."""
    session, now = a_session(), now_stamp()
    session.schedule("w-1", (), "decision-1", now)
    session.start_instantiation(now)
    failed = StepRecord(
        pipeline=PipelineName.INSTANTIATE, step="import_lab", status=StepStatus.FAILED, attempts=3, error="disk is full"
    )
    session.record_step(failed, now)
    await Recorder(plane.db).commit(session)
    return session.id


async def test_all_that_are_named_are_terminated_and_no_other(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal, waiting: list[str]
) -> None:
    first, second, third = waiting

    told = await operator.must("session", "bulk-terminate", first, second, *WHY, "--yes", "-o", "json")

    assert {each["session_id"]: each["outcome"] for each in told.json["results"]} == {first: "done", second: "done"}
    assert await statuses(shared_control_plane, waiting) == ["TERMINATED", "TERMINATED", "PENDING"]
    assert third not in told.out


async def test_one_that_is_refused_stops_no_other_and_the_exit_code_tells(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal, waiting: list[str]
) -> None:
    first, second, third = waiting

    told = await operator.run("session", "bulk-terminate", first, "nobody", third, *WHY, "--yes")

    assert told.code == 1
    assert "2 done, 0 unchanged, 1 refused" in told.words
    (refusal,) = [line for line in told.out.splitlines() if "nobody" in line]
    assert "There is no lablet session" in refusal
    assert await statuses(shared_control_plane, [first, second, third]) == ["TERMINATED", "PENDING", "TERMINATED"]


async def test_a_dry_run_names_them_all_and_touches_none(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal, waiting: list[str]
) -> None:
    told = await operator.must("session", "bulk-terminate", *waiting, *WHY, "--dry-run", "-o", "json")

    assert {each["session_id"]: each["outcome"] for each in told.json["results"]} == dict.fromkeys(waiting, "would_do")
    assert await statuses(shared_control_plane, waiting) == ["PENDING"] * 3


async def test_what_each_is_at_is_tried_again_and_what_is_at_nothing_is_told(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal, waiting: list[str]
) -> None:
    stuck_ones = [await stuck(shared_control_plane) for _ in range(2)]

    told = await operator.run("session", "bulk-retry", *stuck_ones, waiting[0], *WHY, "--yes", "-o", "json")

    results = {each["session_id"]: each for each in told.json["results"]}
    assert told.code == 1
    assert [results[id]["outcome"] for id in stuck_ones] == ["done", "done"]
    assert results[waiting[0]]["problem"]["code"] == "other-status"
    for id in stuck_ones:
        row = await shared_control_plane.db["lablet_sessions"].find_one({"_id": id})
        assert row is not None
        assert [(step["step"], step["status"]) for step in row["steps"]] == [("import_lab", "pending")]


async def test_sessions_and_a_filter_together_are_refused_before_anything_is_asked(
    shared_control_plane: RunningControlPlane, operator: PersonAtATerminal, waiting: list[str]
) -> None:
    told = await operator.run("session", "bulk-terminate", *waiting, "-f", "status=PENDING", *WHY, "--yes")

    assert (told.code, "one of both" in told.words) == (2, True)
    assert await statuses(shared_control_plane, waiting) == ["PENDING"] * 3
