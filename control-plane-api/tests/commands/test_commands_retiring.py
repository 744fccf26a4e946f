"""Workers that nobody needs go only when everything says yes at that moment; drains have deadlines."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.pass_drain_deadline_command import PassDrainDeadlineCommand
from control_plane_api.application.commands.worker.report_host_leaving_command import ReportHostLeavingCommand
from control_plane_api.application.commands.worker.report_host_lost_command import ReportHostLostCommand
from control_plane_api.application.commands.worker.retire_worker_command import RetireWorkerCommand
from control_plane_api.application.commands.worker.set_idle_detection_command import SetIdleDetectionCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_stopping_command import WorkerStoppingCommand
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import START, CommandWorld
from lcm_core.contracts.workers import (
    DrainWorker,
    ReportHostLeaving,
    ReportHostLost,
    RetireWorker,
    WorkerStatusReport,
)
from lcm_core.domain.enums import CMLWorkerStatus, HostLossCause, WorkerDesiredStatus
from lcm_core.domain.errors import Conflict, InvalidInput, RuleViolation
from lcm_core.domain.fleet_care import (
    CareWindow,
    DisruptionBudget,
    DisruptionReason,
    DrainDeadlineAction,
    WindowKind,
    WorkerCareTerms,
)
from lcm_core.domain.read_models import GuardAnswer

W, R = CMLWorkerStatus, DisruptionReason


async def policy(world: CommandWorld, **care: Any) -> None:
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(care=WorkerCareTerms(**care)), "test"))


async def retire(world: CommandWorld, worker_id: str, disruption: R = R.IDLE) -> bool:
    body = RetireWorker(
        disruption=disruption,
        reason="nobody needs it",
        answers=(GuardAnswer(name="idle", passes=True),),
        inputs={"idle_seconds": 4000.0},
    )
    return (await world.do(RetireWorkerCommand(worker_id, body), actor="worker-controller")).applied


async def refusal(world: CommandWorld, worker_id: str, disruption: R = R.IDLE) -> str:
    before = await world.commits()
    with pytest.raises(RuleViolation) as refused:
        await retire(world, worker_id, disruption)
    assert await world.commits() == before
    return refused.value.code


async def workers(world: CommandWorld, count: int) -> list[str]:
    await world.a_template()
    return [await world.a_ready_worker(f"w-{number}") for number in range(count)]


async def a_stopped_worker(world: CommandWorld) -> str:
    (worker_id,) = await workers(world, 1)
    await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="night")))
    await world.do(WorkerStoppedCommand(worker_id, WorkerStatusReport()))
    return worker_id


async def test_an_idle_worker_is_drained_and_the_decision_kept_in_the_same_commit(world: CommandWorld) -> None:
    (worker_id,) = await workers(world, 1)
    assert await retire(world, worker_id)
    worker = await world.worker(worker_id)
    assert (worker.status, worker.desired_status) == (W.DRAINING, WorkerDesiredStatus.STOPPED)
    (decision,) = [each for each in await world.documents("scaling_decisions") if each["kind"] == "drain"]
    assert decision["inputs"] == {"idle_seconds": 4000.0, "disruption": "idle"}
    assert decision["answers"][0]["name"] == "idle"
    assert not await retire(world, worker_id), "asked again it is going already"


async def test_a_session_that_came_meanwhile_keeps_it(world: CommandWorld) -> None:
    (worker_id,) = await workers(world, 1)
    await world.schedule(await world.a_pending_session(await world.a_definition()), worker_id)
    assert await refusal(world, worker_id) == "worker-has-sessions"


async def test_idle_detection_that_was_turned_off_meanwhile_keeps_it(world: CommandWorld) -> None:
    (worker_id,) = await workers(world, 1)
    await world.do(SetIdleDetectionCommand(worker_id, False, "a lesson"))
    assert await refusal(world, worker_id) == "idle-detection-off"


@pytest.mark.parametrize(
    "minimum", [{"min_workers_by_region": {"us-east-1": 2}}, {"min_workers_by_template": {"*": 2}}]
)
async def test_no_region_and_no_template_falls_below_its_minimum(world: CommandWorld, minimum: Any) -> None:
    first, second, third = await workers(world, 3)
    await policy(world, **minimum)
    assert await retire(world, first)
    for worker_id in (second, third):
        assert await refusal(world, worker_id) == "fleet-minimum"


async def test_minima_of_others_keep_nobody(world: CommandWorld) -> None:
    (worker_id,) = await workers(world, 1)
    await policy(world, min_workers_by_region={"eu-west-1": 5}, min_workers_by_template={"other": 5})
    assert await retire(world, worker_id)


async def test_the_budget_holds_however_many_go_at_once(world: CommandWorld) -> None:
    ids = await workers(world, 6)
    await policy(world, budgets=(DisruptionBudget(most_workers=2, window_seconds=3600),))
    answers = await asyncio.gather(*(retire(world, each) for each in ids), return_exceptions=True)
    going = [each for each in ids if (await world.worker(each)).status is W.DRAINING]
    assert 1 <= len(going) <= 2
    assert all(answer is True or isinstance(answer, RuleViolation | Conflict) for answer in answers)
    assert len(await world.documents("worker_disruptions")) == len(going)


async def test_a_budget_is_free_again_when_its_window_is_over(world: CommandWorld) -> None:
    first, second = await workers(world, 2)
    await policy(world, budgets=(DisruptionBudget(most_workers=1, window_seconds=600),))
    assert await retire(world, first)
    assert await refusal(world, second) == "disruption-budget"
    world.later(seconds=601)
    assert await retire(world, second)


async def test_what_aws_takes_is_counted_and_what_operators_do_is_not(world: CommandWorld) -> None:
    leaving, reclaimed, drained, idle = await workers(world, 4)
    await policy(world, budgets=(DisruptionBudget(most_workers=2, window_seconds=600),))
    await world.do(DrainWorkerCommand(drained, DrainWorker(reason="upgrade")))
    await world.do(ReportHostLeavingCommand(leaving, ReportHostLeaving(reason="instance-retirement")))
    spot = ReportHostLost(cause=HostLossCause.SPOT_RECLAIM, reason="in two minutes", silent_since=START)
    await world.do(ReportHostLostCommand(reclaimed, spot))
    reasons = sorted(each["reason"] for each in await world.documents("worker_disruptions"))
    assert reasons == ["maintenance", "spot"]
    assert await refusal(world, idle) == "disruption-budget"


async def test_outside_its_windows_nobody_goes_who_can_wait(world: CommandWorld) -> None:
    (worker_id,) = await workers(world, 1)
    tonight = CareWindow(kind=WindowKind.ALLOWED, days=("tuesday",), start="22:00", minutes=120)  # pyright: ignore[reportArgumentType]
    await policy(world, windows=(tonight,))
    assert await refusal(world, worker_id) == "maintenance-window"
    world.later(hours=13.5)
    assert await retire(world, worker_id)


async def test_only_what_can_wait_is_asked_for_in_this_way(world: CommandWorld) -> None:
    (worker_id,) = await workers(world, 1)
    with pytest.raises(InvalidInput):
        await retire(world, worker_id, R.OPERATOR)


async def test_a_stopped_worker_is_removed_when_its_retention_is_over_and_not_before(world: CommandWorld) -> None:
    worker_id = await a_stopped_worker(world)
    await policy(world, retention_seconds=3600)
    assert await refusal(world, worker_id, R.RETENTION) == "retention-not-over"
    world.later(seconds=3601)
    assert await retire(world, worker_id, R.RETENTION)
    assert (await world.worker(worker_id)).desired_status is WorkerDesiredStatus.TERMINATED


async def test_without_a_retention_time_stopped_workers_stay(world: CommandWorld) -> None:
    worker_id = await a_stopped_worker(world)
    await policy(world, retention_seconds=None)
    world.later(days=900)
    assert await refusal(world, worker_id, R.RETENTION) == "retention-not-over"


async def test_a_stopped_worker_that_promised_room_is_not_removed(world: CommandWorld) -> None:
    worker_id = await a_stopped_worker(world)
    await policy(world, retention_seconds=60)
    world.later(hours=1)
    start = (world.clock.now() + timedelta(hours=2)).isoformat()
    session_id = await world.a_pending_session(await world.a_definition(), start=start)
    assert (await world.session(session_id)).promised_worker_id == worker_id
    assert await refusal(world, worker_id, R.RETENTION) == "worker-has-sessions"


async def a_long_drain(world: CommandWorld, **care: Any) -> str:
    await world.a_template(drain_timeout_seconds=3600)
    worker_id = await world.a_ready_worker()
    await world.a_ready_session(worker_id, await world.a_definition())
    await policy(world, **care)
    await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="upgrade", force=True)))
    return worker_id


async def passed(world: CommandWorld, worker_id: str) -> bool:
    return (await world.do(PassDrainDeadlineCommand(worker_id))).applied


async def test_the_deadline_of_a_drain_is_its_templates_and_is_passed_once(world: CommandWorld) -> None:
    worker_id = await a_long_drain(world)
    assert not await passed(world, worker_id), "not over yet"
    world.later(seconds=3601)
    assert [await passed(world, worker_id) for _ in range(2)] == [True, False]
    worker = await world.worker(worker_id)
    assert (worker.status, worker.drain_overrun) == (W.DRAINING, DrainDeadlineAction.WARN)


async def test_a_policy_that_changes_meanwhile_is_obeyed(world: CommandWorld) -> None:
    worker_id = await a_long_drain(world, drain_deadline=DrainDeadlineAction.WAIT)
    world.later(hours=2)
    await passed(world, worker_id)
    await policy(world, drain_deadline=DrainDeadlineAction.FORCE_STOP)
    assert await passed(world, worker_id)
    assert (await world.worker(worker_id)).drain_overrun is DrainDeadlineAction.FORCE_STOP


async def test_who_was_on_it_at_the_deadline_stands_in_the_record_and_loses_the_host_when_it_is_stopped(
    world: CommandWorld,
) -> None:
    worker_id = await a_long_drain(world, drain_deadline=DrainDeadlineAction.FORCE_STOP)
    session_id = (await world.worker(worker_id)).allocations[0].session_id
    world.later(hours=2)
    await passed(world, worker_id)
    (decision,) = [each for each in await world.documents("scaling_decisions") if each["kind"] == "drain_deadline"]
    assert (decision["taken"], decision["inputs"]["first_sessions"]) == (True, session_id)
    await world.do(WorkerStoppingCommand(worker_id, WorkerStatusReport(reason="deadline")))
    loss = (await world.worker(worker_id)).host_loss
    assert loss is not None
    assert loss.cause is HostLossCause.INSTANCE_STOPPED


async def test_a_drain_that_is_cancelled_has_no_deadline_any_more(world: CommandWorld) -> None:
    worker_id = await a_long_drain(world)
    await world.do(CancelDrainCommand(worker_id))
    world.later(hours=2)
    assert not await passed(world, worker_id)
    assert (await world.worker(worker_id)).drain_deadline_at is None
    assert await world.audit() == []
