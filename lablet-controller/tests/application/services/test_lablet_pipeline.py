from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from lablet_controller.application.ports.cml_labs import CmlHost, CmlRefused
from lablet_controller.application.services.interruptions import Interruptions
from lablet_controller.application.services.pipeline import (
    Broken,
    Completed,
    Interrupted,
    NoResult,
    NotYet,
    Pipeline,
    Step,
    StepAnswer,
    StepPolicy,
    StepProgress,
    StepResult,
    Waiting,
)
from lablet_controller.application.services.pipeline_runner import PipelineRunner
from lcm_core.contracts.definitions import ContentPackage
from lcm_core.domain.enums import PipelineName, StepStatus
from lcm_core.domain.errors import FarEndError, IllegalTransition, StaleLeader, VersionConflict
from lcm_core.domain.read_models import StepRecord
from lcm_core.testing.manual_clock import ManualClock

from ...fake_control_plane import FakeControlPlane


class Number(StepResult):
    value: int


class Script:
    """A step that does what it is told, one thing a run."""

    def __init__(self, *answers: StepAnswer | Exception) -> None:
        self._answers = list(answers)
        self.runs = 0

    async def __call__(self, _work: None, _progress: StepProgress) -> StepAnswer:
        self.runs += 1
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Bench:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.plane = FakeControlPlane(self.clock, ContentPackage(hash="h", topology_yaml=""))
        self.plane.add_worker("w", "127.0.0.1")
        self.session_id = self.plane.add_session("w")
        self.interruptions = Interruptions()

    async def run(self, *steps: Step[None], interruptible: bool = True) -> Any:
        runner = PipelineRunner(self.plane.client.sessions, self.clock, self.interruptions)
        pipeline = Pipeline(PipelineName.INSTANTIATE, steps, interruptible)
        return await runner.run(pipeline, self.plane.session(self.session_id), None)

    def record(self, name: str) -> StepRecord:
        record = self.plane.session(self.session_id).step(PipelineName.INSTANTIATE, name)
        assert record is not None
        return record


@pytest.fixture
def bench() -> Bench:
    return Bench()


def far_end(retryable: bool = True) -> FarEndError:
    return FarEndError("lds", "it is down", retryable=retryable)


async def test_a_completed_step_is_not_run_again_and_its_result_is_there(bench: Bench) -> None:
    first, seen = Script(Number(value=7)), []

    async def second(_work: None, progress: StepProgress) -> StepAnswer:
        seen.append(progress.result_of("first", Number).value)
        return NotYet(1, "x") if len(seen) == 1 else NoResult()

    steps = (Step("first", first), Step("second", second))
    assert isinstance(await bench.run(*steps), Waiting)
    assert isinstance(await bench.run(*steps), Completed)
    assert (first.runs, seen) == (1, [7, 7])


async def test_waiting_is_recorded_once(bench: Bench) -> None:
    step = Step("boot", Script(NotYet(1, "x"), NotYet(1, "x"), NoResult()))
    for _ in range(2):
        assert await bench.run(step) == Waiting("boot", 1, "x")
    assert len(bench.plane.writes) == 1
    assert bench.record("boot").status is StepStatus.RUNNING


async def test_a_passing_failure_is_tried_again_with_growing_pauses(bench: Bench) -> None:
    step = Step("s", Script(far_end(), far_end(), NoResult()), StepPolicy(attempts=5))
    pauses = []
    while isinstance(answer := await bench.run(step), Waiting):
        pauses.append(answer.seconds)
        bench.clock.advance(answer.seconds)
    assert pauses == [0.5, 1.0]
    assert (bench.record("s").status, bench.record("s").attempts) == (StepStatus.COMPLETED, 3)


async def test_being_woken_early_does_not_use_up_an_attempt(bench: Bench) -> None:
    script = Script(far_end(), NoResult())
    await bench.run(Step("s", script))
    assert isinstance(await bench.run(Step("s", script)), Waiting)
    assert script.runs == 1


async def test_attempts_are_bounded_and_the_reason_is_kept(bench: Bench) -> None:
    step = Step("s", Script(far_end(), far_end()), StepPolicy(attempts=2))
    await bench.run(step)
    bench.clock.advance(1)
    assert await bench.run(step) == Broken("s", "it is down (tried 2 times)")


async def test_what_cannot_succeed_is_not_tried_again(bench: Bench) -> None:
    assert await bench.run(Step("s", Script(far_end(retryable=False)))) == Broken("s", "it is down")


@pytest.mark.parametrize(("retries", "kind"), [(False, Broken), (True, Waiting)])
async def test_a_refusal_of_cml_is_tried_again_only_where_room_may_come_free(
    bench: Bench, retries: bool, kind: type
) -> None:
    refusal = CmlRefused(CmlHost("w", "h"), "no room", status=400)
    assert isinstance(await bench.run(Step("s", Script(refusal), StepPolicy(retries_refusals=retries))), kind)


@pytest.mark.parametrize("error", [VersionConflict("s", 1), IllegalTransition("session", "s", "READY", "PENDING")])
async def test_a_session_that_moved_on_is_no_failure_of_the_step(bench: Bench, error: Exception) -> None:
    with pytest.raises(type(error)):
        await bench.run(Step("s", Script(error)))
    assert (bench.record("s").status, bench.record("s").attempts) == (StepStatus.RUNNING, 0)


@pytest.mark.parametrize("error", [FarEndError("control-plane-api", "away", retryable=True), KeyError("a defect")])
async def test_what_was_done_before_an_error_that_passes_through_is_on_record(bench: Bench, error: Exception) -> None:
    with pytest.raises(type(error)):
        await bench.run(Step("first", Script(Number(value=1))), Step("second", Script(error)))
    assert bench.record("first").status is StepStatus.COMPLETED


async def test_a_step_that_control_plane_api_puts_off_has_begun_once_for_all(bench: Bench) -> None:
    away = FarEndError("control-plane-api", "away", retryable=True)
    step = Step("s", Script(away, away, NotYet(1, "it boots")), StepPolicy(deadline_seconds=10))
    began = bench.clock.now()
    for _ in range(2):
        with pytest.raises(FarEndError):
            await bench.run(step)
        bench.clock.advance(6)
    assert (bench.record("s").started_at, bench.record("s").waiting_for) == (began, "away")
    assert await bench.run(step) == Broken("s", "not done within 10 s: it boots")


async def test_a_defect_is_bounded_by_the_deadline_like_every_step(bench: Bench) -> None:
    step = Step("s", Script(KeyError("secret"), KeyError("secret")), StepPolicy(deadline_seconds=10))
    with pytest.raises(KeyError):
        await bench.run(step)
    assert bench.record("s").waiting_for == "a defect of the controller (KeyError)"
    bench.clock.advance(11)
    assert await bench.run(step) == Broken("s", "not done within 10 s: a defect of the controller (KeyError)")


async def test_whoever_leads_no_more_says_nothing(bench: Bench) -> None:
    with pytest.raises(StaleLeader):
        await bench.run(Step("s", Script(StaleLeader("lablet-controller", 1, 2))))
    assert bench.plane.writes == []


async def test_a_deadline_counts_from_the_first_start(bench: Bench) -> None:
    step = Step("s", Script(NotYet(1, "it boots"), NotYet(1, "it boots")), StepPolicy(deadline_seconds=10))
    await bench.run(step)
    bench.clock.advance(11)
    assert await bench.run(step) == Broken("s", "not done within 10 s: it boots")


async def test_a_step_that_finished_while_nobody_looked_is_not_too_late(bench: Bench) -> None:
    step = Step("s", Script(NotYet(1, "x"), NoResult()), StepPolicy(deadline_seconds=10))
    await bench.run(step)
    bench.clock.advance(3600)
    assert isinstance(await bench.run(step), Completed)


async def test_without_end_a_step_never_breaks(bench: Bench) -> None:
    policy = StepPolicy(deadline_seconds=None, attempts=None, longest_pause_seconds=4)
    step = Step("s", Script(*[far_end(retryable=False) for _ in range(9)], NoResult()), policy)
    while isinstance(answer := await bench.run(step), Waiting):
        assert answer.seconds <= 4
        bench.clock.advance(answer.seconds)
    assert isinstance(answer, Completed)


async def test_a_cancelled_step_leaves_no_record(bench: Bench) -> None:
    started = asyncio.Event()

    async def endless(_work: None, _progress: StepProgress) -> StepAnswer:
        started.set()
        await asyncio.Event().wait()
        return NoResult()

    task = asyncio.create_task(bench.run(Step("s", endless)))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.plane.writes == []


class Slow:
    """A step that is let finish by the test, and tells when it is under way."""

    def __init__(self) -> None:
        self.may_finish, self.abandoned = asyncio.Event(), False

    async def __call__(self, _work: None, _progress: StepProgress) -> StepAnswer:
        try:
            await self.may_finish.wait()
        except asyncio.CancelledError:
            self.abandoned = True
            raise
        return NoResult()


async def recorded(bench: Bench, name: str) -> StepRecord:
    async with asyncio.timeout(5):
        while bench.plane.session(bench.session_id).step(PipelineName.INSTANTIATE, name) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return bench.record(name)


async def test_a_step_that_takes_its_time_is_told_of_while_it_is_under_way(bench: Bench) -> None:
    slow = Slow()
    task = asyncio.create_task(bench.run(Step("import", slow)))
    record = await recorded(bench, "import")
    assert (record.status, record.attempts, record.waiting_for) == (StepStatus.RUNNING, 1, None)
    slow.may_finish.set()
    assert isinstance(await task, Completed)
    assert (bench.record("import").status, bench.record("import").attempts) == (StepStatus.COMPLETED, 1)


async def test_that_a_step_under_way_cannot_be_told_of_does_not_break_it_off(bench: Bench) -> None:
    slow = Slow()
    bench.plane.away = True
    task = asyncio.create_task(bench.run(Step("import", slow)))
    async with asyncio.timeout(10):
        while not bench.plane.refused:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    bench.plane.away = False
    slow.may_finish.set()
    assert isinstance(await task, Completed)
    assert not slow.abandoned


def under_way(attempts: int, started_seconds_ago: float, bench: Bench) -> StepRecord:
    """What a process leaves that is killed during its *attempts*-th attempt."""
    return StepRecord(
        pipeline=PipelineName.INSTANTIATE,
        step="s",
        status=StepStatus.RUNNING,
        attempts=attempts,
        started_at=bench.clock.now() - timedelta(seconds=started_seconds_ago),
    )


async def test_an_attempt_during_which_the_process_died_counts(bench: Bench) -> None:
    bench.plane.change(bench.session_id, steps=(under_way(1, 3, bench),))
    assert isinstance(await bench.run(Step("s", Script(NoResult()))), Completed)
    assert bench.record("s").attempts == 2


async def test_a_step_during_which_the_process_dies_every_time_is_given_up(bench: Bench) -> None:
    bench.plane.change(bench.session_id, steps=(under_way(3, 3, bench),))
    script = Script()
    answer = await bench.run(Step("s", script, StepPolicy(attempts=3)))
    assert answer == Broken("s", "the controller ended during every attempt at it")
    assert script.runs == 0


async def test_the_deadline_goes_on_over_a_crash(bench: Bench) -> None:
    bench.plane.change(bench.session_id, steps=(under_way(1, 100, bench),))
    step = Step("s", Script(NotYet(1, "it boots")), StepPolicy(deadline_seconds=60))
    assert await bench.run(step) == Broken("s", "not done within 60 s: it boots")


async def test_what_a_step_waits_for_is_on_record(bench: Bench) -> None:
    await bench.run(Step("boot", Script(NotYet(1, "the nodes boot"))))
    assert bench.record("boot").waiting_for == "the nodes boot"


async def test_no_step_begins_once_the_session_is_to_end(bench: Bench) -> None:
    second = Script()

    async def first(_work: None, _progress: StepProgress) -> StepAnswer:
        bench.interruptions.note(bench.session_id, requested=True)
        return NoResult()

    assert await bench.run(Step("first", first), Step("second", second)) == Interrupted()
    assert (bench.record("first").status, second.runs) == (StepStatus.COMPLETED, 0)


async def test_a_step_that_only_looks_is_abandoned_when_the_session_is_to_end(bench: Bench) -> None:
    slow = Slow()
    task = asyncio.create_task(bench.run(Step("look", slow, only_looks=True)))
    await recorded(bench, "look")
    bench.interruptions.note(bench.session_id, requested=True)
    assert await task == Interrupted()
    assert slow.abandoned


async def test_a_step_that_makes_something_is_let_finish(bench: Bench) -> None:
    slow = Slow()
    task = asyncio.create_task(bench.run(Step("import", slow), Step("next", Script())))
    await recorded(bench, "import")
    bench.interruptions.note(bench.session_id, requested=True)
    slow.may_finish.set()
    assert await task == Interrupted()
    assert bench.record("import").status is StepStatus.COMPLETED


async def test_the_way_out_is_not_interrupted(bench: Bench) -> None:
    bench.interruptions.note(bench.session_id, requested=True)
    assert isinstance(await bench.run(Step("wipe", Script(NoResult())), interruptible=False), Completed)


async def test_a_step_that_an_operator_skipped_is_passed_over(bench: Bench) -> None:
    skipped, after = Script(), Script(NoResult())
    record = StepRecord(pipeline=PipelineName.INSTANTIATE, step="look", status=StepStatus.SKIPPED, attempts=3)
    bench.plane.change(bench.session_id, steps=(record,))

    assert isinstance(await bench.run(Step("look", skipped, may_skip=True), Step("after", after)), Completed)
    assert (skipped.runs, after.runs) == (0, 1)


async def test_a_step_that_is_to_be_tried_again_begins_as_if_it_had_never_been_tried(bench: Bench) -> None:
    retried = StepRecord(pipeline=PipelineName.INSTANTIATE, step="make", status=StepStatus.PENDING)
    bench.plane.change(bench.session_id, steps=(retried,))
    script = Script(far_end(), NoResult())

    await bench.run(Step("make", script, may_skip=True))

    record = bench.record("make")
    assert (record.status, record.attempts, record.may_skip) == (StepStatus.FAILED, 1, True)
    assert record.started_at == bench.clock.now()
