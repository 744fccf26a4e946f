"""The promise of the suite: a booking runs from reservation to score."""

from __future__ import annotations

import asyncio

import pytest
from local_stack.testing import StackDriver

pytestmark = [pytest.mark.stack]

TRACK = [
    "PENDING",
    "SCHEDULED",
    "INSTANTIATING",
    "READY",
    "RUNNING",
    "COLLECTING",
    "GRADING",
    "STOPPING",
    "STOPPED",
    "ARCHIVED",
    "TERMINATED",
]


async def test_a_booking_passes_every_state_in_order_and_ends_with_a_score(driver: StackDriver) -> None:
    session_id = await driver.book()
    await driver.learn(session_id, work="first-hop-redundancy")
    ended = await driver.reach(session_id, "TERMINATED")
    assert [change["target"] for change in ended["state_history"]] == TRACK
    assert (ended["outcome"], ended["score"], ended["passed"]) == ("completed", 10, True)
    devices = await driver.admin.get(f"/api/v1/lablet-sessions/{session_id}/evidence")
    outputs = [output for device in devices for output in device["outputs"] if output["error"] is None]
    assert outputs
    assert all(output["artefact"] is not None or output["output"] == "" for output in outputs), "all is in the store"
    assert ended["artefact_count"] == sum(output["artefact"] is not None for output in outputs)


async def test_a_learner_who_does_nothing_is_graded_lower(driver: StackDriver) -> None:
    session_id = await driver.book()
    await driver.learn(session_id)
    ended = await driver.reach(session_id, "TERMINATED")
    assert ended["passed"] is False


async def test_three_labs_of_different_size_run_side_by_side_and_leave_nothing_behind(driver: StackDriver) -> None:
    folders = ["first-hop-redundancy", "branch-office", "campus-and-data-centre"]
    ids = [await driver.book(folder) for folder in folders]
    await asyncio.gather(*(driver.learn(session_id) for session_id in ids))
    ended = [await driver.reach(session_id, "TERMINATED", 90) for session_id in ids]
    assert [session["outcome"] for session in ended] == ["completed"] * 3
    assert await driver.leftovers() == []
    audit = driver.audit()
    assert audit.returncode == 0, audit.stdout + audit.stderr


async def test_a_cancelled_session_gives_back_what_it_held(driver: StackDriver) -> None:
    session_id = await driver.book()
    ready = await driver.reach(session_id, "READY")
    await driver.admin.delete(f"/api/v1/lablet-sessions/{session_id}?reason=cancelled+by+test")
    ended = await driver.reach(session_id, "TERMINATED")
    worker = await driver.admin.get(f"/api/v1/workers/{ready['worker_id']}")
    assert ended["outcome"] == "cancelled"
    assert session_id not in [allocation["session_id"] for allocation in worker["allocations"]]
    assert await driver.leftovers() == []


async def test_the_same_booking_sent_twice_books_once(driver: StackDriver) -> None:
    first = await driver.book(external_id="twice-the-same", candidate={"username": "ida"})
    second = await driver.book(external_id="twice-the-same", candidate={"username": "ida"})
    await driver.admin.delete(f"/api/v1/lablet-sessions/{first}?reason=cancelled+by+test")
    assert first == second
