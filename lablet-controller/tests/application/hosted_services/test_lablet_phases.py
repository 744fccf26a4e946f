from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from lcm_core.domain.enums import (
    CMLWorkerStatus,
    LabletSessionStatus,
    PipelineName,
    SessionOutcome,
    StepStatus,
)
from lcm_core.domain.errors import FarEndError
from lcm_core.domain.values import Timeslot
from lcm_core.reconcile import Done, RequeueAfter

if TYPE_CHECKING:
    from .conftest import World
else:
    World = Any

S = LabletSessionStatus


async def ready(world: World, **options: Any) -> str:
    session_id = world.plane.add_session("worker-1", **options)
    await world.drive(session_id, S.READY)
    return session_id


async def running(world: World, **options: Any) -> str:
    session_id = await ready(world, **options)
    await world.learner(session_id, "login")
    world.plane.move(session_id, S.RUNNING)
    return session_id


def pass_slot(world: World, session_id: str) -> None:
    world.clock.advance((world.session(session_id).timeslot.end - world.clock.now()).total_seconds())


async def fault(url: str, **spec: Any) -> None:
    async with httpx2.AsyncClient(base_url=url) as http:
        assert (await http.post("/_sim/faults", json=spec)).status_code == 201


async def heal(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url) as http:
        await http.delete("/_sim/faults")


# SCHEDULED


async def test_a_session_that_is_placed_waits_for_the_slot_clock(world: World) -> None:
    session_id = world.plane.add_session("worker-1", status=S.SCHEDULED)
    assert await world.once(session_id) == Done()
    pass_slot(world, session_id)
    assert await world.once(session_id) == Done()
    assert world.plane.writes == []


@pytest.mark.parametrize("status", [CMLWorkerStatus.DRAINING, CMLWorkerStatus.STOPPED, CMLWorkerStatus.TERMINATED])
async def test_a_worker_that_is_going_gives_the_session_back_to_the_scheduler(
    world: World, status: CMLWorkerStatus
) -> None:
    session_id = world.plane.add_session("worker-1", status=S.SCHEDULED)
    world.plane.change_worker("worker-1", status=status)
    assert await world.once(session_id) == Done()
    assert world.session(session_id).status is S.PENDING
    assert status.value in world.session(session_id).pending_reason


# INSTANTIATING


async def test_a_passing_failure_is_tried_again_after_a_pause(world: World) -> None:
    await fault(world.lds_url, kind="error", match={"path_regex": "lab_session"}, status=503, times=4)
    session_id = world.plane.add_session("worker-1")
    result = await world.once(session_id)
    assert isinstance(result, RequeueAfter)
    step = world.session(session_id).step(PipelineName.INSTANTIATE, "lds_session")
    assert step is not None
    assert (step.status, step.attempts) == (StepStatus.FAILED, 1)
    assert isinstance(await world.once(session_id), RequeueAfter), "the pause is kept although the session was woken"
    assert world.session(session_id).step(PipelineName.INSTANTIATE, "lds_session") == step
    await world.drive(session_id, S.READY)


class AwayLds:
    """The delivery system, unless it is away."""

    def __init__(self, lds: Any) -> None:
        self._lds = lds
        self.away = True
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **options: Any) -> Any:
            self.asked += 1
            if self.away:
                raise FarEndError("lds", "LDS does not answer.", retryable=True)
            return await getattr(self._lds, name)(*args, **options)

        return call


async def test_a_session_waits_for_an_lds_that_is_away_and_goes_on_when_it_is_back(world: World) -> None:
    lds = AwayLds(world.far.lds)
    world.far = replace(world.far, lds=lds)  # pyright: ignore[reportArgumentType] - it passes every call on
    session_id = world.plane.add_session("worker-1")
    began = world.clock.now()
    while (world.clock.now() - began).total_seconds() < 1500:
        result = await world.once(session_id)
        assert isinstance(result, RequeueAfter), "the session waits"
        assert "LDS does not answer" in result.waiting_for
        world.clock.advance(result.seconds)
    assert lds.asked <= 1500 / 30 + 8, "asked less and less often"
    lds.away = False
    await world.drive(session_id, S.READY)


async def test_an_lds_that_stays_away_ends_the_session_with_the_reason(world: World) -> None:
    world.far = replace(world.far, lds=AwayLds(world.far.lds))  # pyright: ignore[reportArgumentType]
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.STOPPING)
    assert "LDS does not answer" in world.session(session_id).outcome_reason


async def test_what_fails_again_and_again_ends_the_session_with_the_reason(world: World) -> None:
    await fault(world.cml.control_url, kind="error", match={"path_regex": "/start$"}, status=500)
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.STOPPING)
    session = world.session(session_id)
    assert session.outcome is SessionOutcome.FAILED
    assert "start_lab" in session.outcome_reason
    await heal(world.cml.control_url)
    await world.drive(session_id, S.TERMINATED)
    assert world.lab_titles() == []


async def test_a_topology_that_cannot_be_used_ends_the_session_at_once(world: World) -> None:
    world.plane.package = world.plane.package.model_copy(update={"topology_yaml": "nodes: ["})
    session_id = world.plane.add_session("worker-1")
    await world.drive(session_id, S.STOPPING, rounds=1 + 1)
    assert "topology is not valid" in world.session(session_id).outcome_reason


async def test_a_worker_that_dies_meanwhile_frees_the_session_for_another_one(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    await fault(world.lds_url, kind="error", match={"path_regex": "lab_session"}, status=503)
    await world.once(session_id)
    assert world.session(session_id).status is S.INSTANTIATING
    world.plane.change_worker("worker-1", status=CMLWorkerStatus.TERMINATED)
    await world.once(session_id)
    assert (world.session(session_id).status, world.session(session_id).cml_lab_id) == (S.PENDING, None)


async def test_the_end_of_the_slot_is_for_the_slot_clock_to_tell(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    pass_slot(world, session_id)
    await world.drive(session_id, S.READY)


async def test_a_control_plane_that_is_away_is_nobodys_failed_step(world: World) -> None:
    session_id = world.plane.add_session("worker-1")
    world.plane.away = True
    with pytest.raises(Exception, match="away"):
        await world.once(session_id)
    world.plane.away = False
    await world.drive(session_id, S.READY)
    assert all(step.attempts == 1 for step in world.session(session_id).steps)


# READY


async def test_nobody_came(world: World) -> None:
    session_id = await ready(world)
    pass_slot(world, session_id)
    assert isinstance(await world.once(session_id), RequeueAfter), "nobody has said that the time is over"
    world.plane.ask_whether_learner_came(session_id)
    await world.drive(session_id, S.TERMINATED)
    assert world.session(session_id).outcome is SessionOutcome.NO_SHOW
    assert world.lab_titles() == []


async def test_a_learner_whose_login_event_was_lost_is_no_no_show(world: World) -> None:
    session_id = await ready(world)
    await world.learner(session_id, "login")
    world.plane.ask_whether_learner_came(session_id)
    await world.drive(session_id, S.RUNNING)
    assert world.session(session_id).status is S.RUNNING


async def test_a_slot_that_was_extended_gives_the_learner_time_again(world: World) -> None:
    session_id = await ready(world)
    world.plane.ask_whether_learner_came(session_id)
    slot = world.session(session_id).timeslot
    longer = Timeslot(start=slot.start, end=slot.end + timedelta(minutes=30))
    world.plane.change(session_id, timeslot=longer)
    assert isinstance(await world.once(session_id), RequeueAfter)
    assert world.session(session_id).status is S.READY


async def test_nobody_is_called_a_no_show_while_lds_cannot_be_asked(world: World) -> None:
    session_id = await ready(world)
    await world.learner(session_id, "login")
    await fault(world.lds_url, kind="error", match={"path_regex": "lab_session"}, status=503)
    world.plane.ask_whether_learner_came(session_id)
    assert isinstance(await world.once(session_id), RequeueAfter)
    assert world.session(session_id).status is S.READY
    await heal(world.lds_url)
    await world.drive(session_id, S.RUNNING)


# RUNNING


async def test_a_session_whose_slot_ended_is_collected_graded_and_stopped_in_this_order(world: World) -> None:
    session_id = await running(world)
    world.plane.move(session_id, S.COLLECTING)
    await world.drive(session_id, S.TERMINATED)
    actions = [action for _, action in world.plane.writes]
    order = ("collection-completed", "grading-completed", "stopped")
    assert [actions.index(each) for each in order] == sorted(actions.index(each) for each in order)


async def test_the_slot_clock_alone_ends_a_running_session(world: World) -> None:
    session_id = await running(world)
    pass_slot(world, session_id)
    assert isinstance(await world.once(session_id), RequeueAfter)
    assert world.session(session_id).status is S.RUNNING


async def test_a_learner_who_left_unnoticed_is_noticed(world: World) -> None:
    session_id = await running(world)
    await world.learner(session_id, "finish")
    await world.drive(session_id, S.GRADING)
    assert world.clock.now() < world.session(session_id).timeslot.end


@pytest.mark.parametrize("status", [CMLWorkerStatus.TERMINATED, CMLWorkerStatus.FAILED])
async def test_a_lost_host_ends_the_session_as_failed(world: World, status: CMLWorkerStatus) -> None:
    session_id = await running(world)
    world.plane.change_worker("worker-1", status=status)
    await world.once(session_id)
    session = world.session(session_id)
    assert session.outcome is SessionOutcome.FAILED
    assert "host lost" in session.outcome_reason
