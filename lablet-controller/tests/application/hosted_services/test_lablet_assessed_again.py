"""Collected and graded once more, against a real engine and real devices."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lcm_core.domain.enums import LabletSessionStatus, PipelineName
from lcm_core.reconcile import Done

from .conftest import Mortal

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus


async def a_graded_session(world: World) -> str:
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    await world.learner(session_id, "login", "finish")
    await world.drive(session_id, S.TERMINATED)
    assert world.session(session_id).score == 2
    return session_id


async def graded_again(world: World, session_id: str) -> None:
    for _ in range(60):
        if world.session(session_id).regrading is None:
            return
        await world.drive_once(session_id)
    pytest.fail(f"still being graded again: {world.session(session_id).steps[-1:]}")


async def test_a_session_that_ended_is_graded_again_from_the_evidence_that_was_kept(world: World) -> None:
    session_id = await a_graded_session(world)
    world.plane.change(session_id, score=None)
    world.plane.regrade(session_id)

    await graded_again(world, session_id)

    session = world.session(session_id)
    assert (session.status, session.score) == (S.TERMINATED, 2)
    opened = session.step(PipelineName.GRADE, "open_grading_session_2")
    assert opened is not None
    assert opened.result["engine_part_id"] == "2"
    assert await world.once(session_id) == Done()


async def test_an_engine_that_cannot_be_had_ends_the_regrade_with_the_reason_and_not_the_score(world: World) -> None:
    session_id = await a_graded_session(world)
    world.without_grading_engine()
    world.plane.regrade(session_id)

    await graded_again(world, session_id)

    session = world.session(session_id)
    assert (session.status, session.score) == (S.TERMINATED, 2)
    assert "No grading engine is configured" in session.pending_reason


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_controller_that_dies_at_every_call_grades_again_once(world: World, when: str) -> None:
    session_id = await a_graded_session(world)
    world.plane.change(session_id, score=None)
    world.plane.regrade(session_id)
    world.far = world.with_grading(Mortal(world.far.grading, when))

    await graded_again(world, session_id)

    assert world.session(session_id).score == 2
    assert world.deaths >= 4


async def test_devices_that_are_read_again_are_graded_by_what_they_answer_now(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    world.plane.change(session_id, status=S.COLLECTING)
    await world.drive(session_id, S.GRADING)
    first = world.plane.evidence[session_id]
    world.clock.advance(1)
    world.plane.recollect(session_id)

    await world.drive(session_id, S.TERMINATED)

    assert world.plane.evidence[session_id].collected_at > first.collected_at
    session = world.session(session_id)
    assert session.score == 2
    assert session.step(PipelineName.GRADE, "start_grading_2") is not None


async def test_an_impossible_score_ends_grading_without_one(world: World) -> None:
    class Liar(Mortal):
        def __getattr__(self, name: str) -> Any:
            call = getattr(self._far_end, name)

            async def lie(*args: Any, **options: Any) -> Any:
                answer = await call(*args, **options)
                if name == "result" and answer.score is not None:
                    return replace(answer, score=replace(answer.score, score=99.0))
                return answer

            return lie

    world.far = world.with_grading(Liar(world.far.grading, "never"))
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    world.plane.change(session_id, status=S.COLLECTING)

    await world.drive(session_id, S.TERMINATED)

    session = world.session(session_id)
    assert session.score is None
    assert "impossible score" in session.outcome_reason


async def test_a_grading_engine_that_is_slow_and_fails_now_and_then_still_gives_the_score(world: World) -> None:
    faults = [
        {"kind": "error", "match": {"path_regex": "/pod$"}, "status": 503},
        {"kind": "error", "match": {"path_regex": "/grade$"}, "status": 500},
        {"kind": "error", "match": {"path_regex": "/results$"}, "status": 503},
    ]
    async with httpx2.AsyncClient(base_url=world.grading_url) as http:
        for fault in faults:
            assert (await http.post("/_sim/faults", json=fault | {"times": 2})).status_code < 300
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    world.plane.change(session_id, status=S.COLLECTING)

    await world.drive(session_id, S.TERMINATED)

    assert world.session(session_id).score == 2
