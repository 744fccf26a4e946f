from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lablet_controller.application.ports.cml_labs import CmlHost, CmlRefused
from lablet_controller.application.services.pipeline import (
    Broken,
    Completed,
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
from lcm_core.domain.errors import FarEndError, IllegalTransition, VersionConflict
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

    async def run(self, *steps: Step[None]) -> Any:
        runner = PipelineRunner(self.plane.client.sessions, self.clock)
        return await runner.run(Pipeline(PipelineName.INSTANTIATE, steps), self.plane.session(self.session_id), None)

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
