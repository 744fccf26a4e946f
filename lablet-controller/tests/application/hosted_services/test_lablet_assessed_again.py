"""Collected and graded once more, against a real engine and real devices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lablet_controller.application.ports.grading import GradingResult, GradingState
from lablet_controller.application.services.interruptions import Interruptions
from lcm_core.contracts.sessions import CollectionCompleted, CommandOutput, DeviceCollection
from lcm_core.domain.enums import LabletSessionStatus, PipelineName
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.reconcile import Done, RequeueAfter

from .conftest import Mortal

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus


def collected(world: World, status: LabletSessionStatus) -> str:
    """A session whose router was read, as the record has it; nothing of it is on a host."""
    session_id = world.plane.add_session("worker-1", status=status)
    output = CommandOutput(
        command="show running-config", output="hostname R1\nrouter ospf 1\nend", collected_at=world.clock.now()
    )
    device = DeviceCollection(node_label="R1", node_definition="iosv", outputs=(output,))
    world.plane.evidence[session_id] = CollectionCompleted(devices=(device,), collected_at=world.clock.now())
    return session_id


async def a_graded_session(world: World) -> str:
    session_id = collected(world, S.GRADING)
    await world.drive(session_id, S.STOPPING)
    assert world.session(session_id).score == 2
    world.plane.change(session_id, status=S.TERMINATED)
    return session_id


async def graded_again(world: World, session_id: str) -> None:
    for _ in range(60):
        if world.session(session_id).regrading is None:
            return
        await world.drive_once(session_id)
    pytest.fail(f"still being graded again: {world.session(session_id).steps[-1:]}")


async def test_a_session_that_ended_is_graded_again_from_the_evidence_that_was_kept(engine_world: World) -> None:
    session_id = await a_graded_session(engine_world)
    engine_world.plane.change(session_id, score=None)
    engine_world.plane.regrade(session_id)

    await graded_again(engine_world, session_id)

    session = engine_world.session(session_id)
    assert (session.status, session.score) == (S.TERMINATED, 2)
    opened = session.step(PipelineName.GRADE, "open_grading_session_2")
    assert opened is not None
    assert opened.result["engine_part_id"] == "2"
    assert await engine_world.once(session_id) == Done()


async def test_an_engine_that_cannot_be_had_ends_the_regrade_with_the_reason_and_not_the_score(
    engine_world: World,
) -> None:
    session_id = await a_graded_session(engine_world)
    engine_world.without_grading_engine()
    engine_world.plane.regrade(session_id)

    await graded_again(engine_world, session_id)

    session = engine_world.session(session_id)
    assert (session.status, session.score) == (S.TERMINATED, 2)
    assert "No grading engine is configured" in session.pending_reason


async def test_a_session_whose_end_was_asked_for_goes_and_is_graded_again_beside_that(world: World) -> None:
    session_id = collected(world, S.GRADING)
    await world.drive(session_id, S.STOPPING)
    world.plane.change(session_id, terminate_requested=True, score=None)
    world.plane.regrade(session_id)
    interruptions = Interruptions()
    interruptions.note(session_id, requested=True)
    reconciler = world.reconciler(interruptions)

    for _ in range(60):
        result = await reconciler.reconcile(session_id)
        if result == Done():
            break
        world.clock.advance(result.seconds if isinstance(result, RequeueAfter) else 1)

    session = world.session(session_id)
    assert (session.status, session.score, session.regrading) == (S.TERMINATED, 2, None)


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_controller_that_dies_at_every_call_grades_again_once(engine_world: World, when: str) -> None:
    session_id = await a_graded_session(engine_world)
    engine_world.plane.change(session_id, score=None)
    engine_world.plane.regrade(session_id)
    engine_world.far = engine_world.with_grading(Mortal(engine_world.far.grading, when))

    await graded_again(engine_world, session_id)

    assert engine_world.session(session_id).score == 2
    assert engine_world.deaths >= 4


async def test_devices_that_are_read_again_are_graded_by_what_they_answer_now(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.READY)
    world.plane.change(session_id, status=S.COLLECTING)
    await world.drive(session_id, S.GRADING)
    first = world.plane.evidence[session_id]
    world.clock.advance(1)
    world.plane.recollect(session_id)

    await world.drive(session_id, S.STOPPING)

    assert world.plane.evidence[session_id].collected_at > first.collected_at
    session = world.session(session_id)
    assert session.score == 2
    assert session.step(PipelineName.GRADE, "start_grading_2") is not None


class Liar(Mortal):
    """A grading engine whose results are not what it came to."""

    def __init__(self, engine: Any, lie: Callable[[GradingResult], GradingResult]) -> None:
        super().__init__(engine, "never")
        self._lie = lie

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._far_end, name)

        async def lying(*args: Any, **options: Any) -> Any:
            answer = await call(*args, **options)
            return self._lie(answer) if isinstance(answer, GradingResult) else answer

        return lying


async def graded_by(world: World, lie: Callable[[GradingResult], GradingResult]) -> LabletSessionReadModel:
    world.far = world.with_grading(Liar(world.far.grading, lie))
    session_id = collected(world, S.GRADING)
    await world.drive(session_id, S.STOPPING)
    return world.session(session_id)


async def test_an_impossible_score_ends_grading_without_one(engine_world: World) -> None:
    def too_good(result: GradingResult) -> GradingResult:
        return replace(result, score=replace(result.score, score=99.0)) if result.score else result

    session = await graded_by(engine_world, too_good)
    assert session.score is None
    assert "impossible score" in session.outcome_reason


@pytest.mark.parametrize("state", [GradingState.COMPLETED, GradingState.GRADING])
async def test_an_engine_that_never_comes_to_a_score_is_given_up_at_the_deadline(
    engine_world: World, state: GradingState
) -> None:
    session = await graded_by(engine_world, lambda result: replace(result, state=state, score=None))
    assert session.score is None
    assert "no result within 900 s" in session.outcome_reason


async def test_a_grading_engine_that_is_slow_and_fails_now_and_then_still_gives_the_score(engine_world: World) -> None:
    faults = [
        {"kind": "error", "match": {"path_regex": "/pod$"}, "status": 503},
        {"kind": "error", "match": {"path_regex": "/grade$"}, "status": 500},
        {"kind": "error", "match": {"path_regex": "/results$"}, "status": 503},
    ]
    async with httpx2.AsyncClient(base_url=engine_world.grading_url) as http:
        for fault in faults:
            assert (await http.post("/_sim/faults", json=fault | {"times": 2})).status_code < 300
    session_id = collected(engine_world, S.GRADING)

    await engine_world.drive(session_id, S.STOPPING)

    assert engine_world.session(session_id).score == 2
