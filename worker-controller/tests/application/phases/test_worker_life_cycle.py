"""The life of a worker, step by step, on a world without latency."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lcm_core.domain.enums import CMLWorkerStatus as W
from lcm_core.domain.enums import LicenseStatus, LicenseType, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.fleet_care import DrainDeadlineAction, WorkerCareTerms
from lcm_core.domain.values import CapacityAllocation, ResourceVector, Timeslot, WorkerLicense
from lcm_core.reconcile import Done, RequeueAfter
from lcm_core.testing.examples import examples
from worker_controller.domain.cloud import CloudFigures
from worker_controller.domain.ec2 import Ec2Instance, Ec2State

EC2 = "i-1"


async def bring_up(world: Any) -> None:
    world.add_worker()
    await world.run(steps=8)
    assert world.status() is W.RUNNING


def hold(world: Any, session_id: str = "s-1") -> None:
    now: datetime = world.clock.now()
    slot = Timeslot(start=now, end=now + timedelta(hours=1))
    held = CapacityAllocation(session_id=session_id, vector=ResourceVector(), interval=slot, allocated_at=now)
    world.record.change("w-1", allocations=(held,))


# -- coming up


async def test_a_requested_worker_is_launched_licensed_and_ready(world: Any) -> None:
    world.add_worker()
    assert await world.run(steps=8) == [W.PENDING, W.PROVISIONING, W.RUNNING]
    row = world.record.rows["w-1"]
    assert (row.ec2_instance_id, row.private_ip, row.ami_name) == (EC2, "127.10.0.4", "CML-2.9.1")
    assert row.license.holds
    assert row.placeable


async def test_it_is_not_ready_before_cml_answers(world: Any) -> None:
    world.add_worker()
    world.cml.answers = False
    assert await world.run(steps=20) == [W.PENDING, W.PROVISIONING]
    world.cml.answers = True
    assert (await world.run(steps=8))[-1] is W.RUNNING


async def test_it_is_not_ready_while_cml_cannot_start_nodes(world: Any) -> None:
    world.add_worker()
    world.cml.ready = False
    assert await world.run(steps=20) == [W.PENDING, W.PROVISIONING]


async def test_it_is_not_ready_before_the_licence_holds(world: Any) -> None:
    world.add_worker()
    world.cml.accepts_tokens = False
    assert await world.run(steps=20) == [W.PENDING, W.PROVISIONING]
    assert world.cml.registrations == 1


async def test_a_refused_registration_is_repeated_after_a_while_not_at_each_look(world: Any) -> None:
    world.add_worker()
    world.cml.accepts_tokens = False
    await world.run(steps=130)
    assert world.cml.registrations == 3


async def test_the_product_is_set_to_the_licence_that_is_wanted(world: Any) -> None:
    world.add_worker(license=WorkerLicense(type=LicenseType.PERSONAL))
    await world.run(steps=8)
    assert (world.cml.product, world.record.rows["w-1"].license.node_limit) == ("CML_Personal", 20)


async def test_a_worker_that_does_not_come_up_fails_with_what_it_waited_for_and_loses_its_instance(world: Any) -> None:
    world.add_worker(startup_seconds=100)
    world.cml.answers = False
    assert await world.run(steps=60, seconds=10) == [W.PENDING, W.PROVISIONING, W.FAILED]
    assert world.record.rows["w-1"].failure == (
        "CML: not within 300 s; still waiting for CML at 127.10.0.4: CML cannot be reached: refused"
    )
    assert world.ec2.alive == []


async def test_a_failed_worker_stays_on_record_for_people_to_see_and_goes_then(world: Any) -> None:
    world.add_worker(status=W.FAILED)
    await world.run(steps=59, seconds=10)
    assert world.status() is W.FAILED
    await world.run(steps=3, seconds=10)
    assert world.status() is W.TERMINATED


async def test_a_launch_that_cannot_succeed_fails_at_once(world: Any) -> None:
    world.add_worker()
    world.ec2.images.clear()
    assert await world.run(steps=2) == [W.PENDING, W.FAILED]
    assert "There is no image" in world.record.rows["w-1"].failure


async def test_a_launch_that_fails_for_passing_reasons_is_tried_for_a_while(world: Any) -> None:
    world.add_worker()
    world.crashes.plan = iter(["before"] * 1000)
    await world.run(steps=59, seconds=10)
    assert world.status() is W.PENDING
    world.crashes.plan = iter(["before"])
    await world.run(steps=1, seconds=30)
    world.crashes.plan = iter(["before", None])
    await world.run(steps=1)
    assert world.status() is W.FAILED


async def test_a_planned_worker_is_left_alone_until_it_is_wanted(world: Any) -> None:
    world.add_worker(desired_status=WorkerDesiredStatus.STOPPED)
    assert await world.reconciler.reconcile("w-1") == Done()
    assert await world.reconciler.list_keys() == []
    await world.run(steps=5, seconds=3600)
    assert (world.status(), world.ec2.launches) == (W.PENDING, 0)
    world.want(WorkerDesiredStatus.RUNNING)
    assert (await world.run(steps=8))[-1] is W.RUNNING


async def test_a_planned_worker_that_is_given_up_goes_without_a_launch(world: Any) -> None:
    world.add_worker(desired_status=WorkerDesiredStatus.STOPPED)
    world.want(WorkerDesiredStatus.TERMINATED)
    assert await world.run(steps=3) == [W.PENDING, W.TERMINATED]
    assert world.ec2.launches == 0


async def test_a_worker_that_was_planned_long_ago_is_tried_for_a_while_from_when_it_is_woken(world: Any) -> None:
    world.add_worker(desired_status=WorkerDesiredStatus.STOPPED)
    world.clock.advance(30 * 86_400)
    ready_at = world.clock.now() + timedelta(seconds=900)
    world.record.change("w-1", desired_status=WorkerDesiredStatus.RUNNING, expected_ready_at=ready_at)
    world.crashes.plan = iter(["before"] * 5)
    await world.run(steps=5)
    assert world.status() is W.PENDING
    assert (await world.run(steps=8))[-1] is W.RUNNING


async def test_a_worker_that_is_cancelled_before_its_launch_never_gets_an_instance(world: Any) -> None:
    world.add_worker(desired_status=WorkerDesiredStatus.TERMINATED)
    assert await world.run(steps=3) == [W.PENDING, W.TERMINATED]
    assert world.ec2.launches == 0


async def test_an_instance_launched_and_not_reported_goes_when_the_worker_is_cancelled(world: Any) -> None:
    world.add_worker()
    world.crashes.plan = iter([None, "after"])
    await world.run(steps=1)
    assert len(world.ec2.alive) == 1
    world.want(WorkerDesiredStatus.TERMINATED)
    assert (await world.run(steps=70))[-1] is W.TERMINATED
    assert world.ec2.alive == []


async def test_a_new_instance_that_ec2_does_not_list_yet_is_not_believed_gone(world: Any) -> None:
    world.add_worker(status=W.PROVISIONING, ec2_instance_id="i-invisible")
    await world.run(steps=50)
    assert world.status() is W.PROVISIONING
    await world.run(steps=20)
    assert world.status() is W.TERMINATED


# -- serving


async def test_a_serving_worker_is_looked_at_at_leisure_and_reports_nothing_new(world: Any) -> None:
    await bring_up(world)
    assert await world.reconciler.reconcile("w-1") == RequeueAfter(pytest.approx(15, abs=10), "the next look")
    await world.run(steps=50)
    assert world.record.health == []


async def test_metrics_come_from_cml_and_cloudwatch_on_their_cadence(world: Any) -> None:
    await bring_up(world)
    world.cml.activity = world.clock.now()
    world.record.metrics.clear()
    world.cloud.note_figures({"i-1": CloudFigures(cpu_percent=33.0, network_in_bytes_per_second=1000.0)})
    world.cml.host_stats = replace(world.cml.host_stats, nodes_running=7)
    await world.run(steps=121)
    assert len(world.record.metrics) == 2
    metrics = world.record.metrics[-1].metrics
    assert (metrics.cpu_percent, metrics.memory_percent, metrics.storage_percent) == (12.5, 33.3, 20.0)
    assert (metrics.ec2_cpu_percent, metrics.network_in_bytes_per_second, metrics.nodes_running) == (33.0, 1000.0, 7)
    assert world.record.metrics[-1].last_activity_at == world.cml.activity


async def test_silence_of_cml_is_believed_at_the_second_look_and_told_once(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    await world.run(steps=40)
    assert [report.service_status for report in world.record.health] == [WorkerServiceStatus.UNAVAILABLE]
    assert not world.record.rows["w-1"].placeable


async def test_a_single_silent_look_is_not_told(world: Any) -> None:
    await bring_up(world)
    await world.run(steps=16)
    world.cml.answers = False
    for _ in range(15):
        if isinstance(result := await world.reconciler.reconcile("w-1"), RequeueAfter) and result.seconds == 1.0:
            break
        world.clock.advance(1)
    world.cml.answers = True
    await world.run(steps=30)
    assert world.record.health == []


async def test_a_host_that_answers_again_is_available_again(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    await world.run(steps=20)
    world.cml.answers = True
    await world.run(steps=10)
    assert world.record.rows["w-1"].placeable


async def test_a_lost_licence_is_reported_and_makes_the_worker_unplaceable(world: Any) -> None:
    await bring_up(world)
    world.cml.registration = "FAILED"
    await world.run(steps=20)
    assert [report.license.status for report in world.record.health] == [LicenseStatus.INVALID]
    assert not world.record.rows["w-1"].placeable


async def test_an_instance_stopped_by_somebody_else_is_noticed_and_started_again(world: Any) -> None:
    await bring_up(world)
    world.ec2.rows[EC2] = replace(world.ec2.rows[EC2], state=Ec2State.STOPPED)
    seen = await world.run(steps=40)
    assert seen == [W.RUNNING, W.STOPPING, W.STOPPED, W.STARTING, W.RUNNING]


async def test_an_instance_terminated_by_somebody_else_is_noticed(world: Any) -> None:
    await bring_up(world)
    world.ec2.rows[EC2] = replace(world.ec2.rows[EC2], state=Ec2State.SHUTTING_DOWN)
    assert (await world.run(steps=20))[-1] is W.TERMINATED


async def test_an_instance_missing_in_one_answer_is_not_believed_gone(world: Any) -> None:
    await bring_up(world)
    await world.run(steps=16)
    instance = world.ec2.rows.pop(EC2)
    await world.run(steps=5)
    world.ec2.rows[EC2] = instance
    await world.run(steps=40)
    assert world.status() is W.RUNNING


async def test_an_instance_that_stays_missing_is_gone(world: Any) -> None:
    await bring_up(world)
    del world.ec2.rows[EC2]
    assert (await world.run(steps=40))[-1] is W.TERMINATED


# -- going down


async def test_a_worker_that_is_wanted_stopped_stops_and_rests(world: Any) -> None:
    await bring_up(world)
    world.want(WorkerDesiredStatus.STOPPED)
    assert await world.run(steps=5) == [W.RUNNING, W.STOPPING, W.STOPPED]
    assert world.ec2.rows[EC2].state is Ec2State.STOPPED
    assert world.cml.forgotten == ["127.10.0.4"]


async def test_a_resting_worker_that_is_wanted_again_comes_back(world: Any) -> None:
    await bring_up(world)
    world.want(WorkerDesiredStatus.STOPPED)
    await world.run(steps=5)
    world.want(WorkerDesiredStatus.RUNNING)
    assert await world.run(steps=10) == [W.STOPPED, W.STARTING, W.RUNNING]
    assert world.ec2.launches == 1


async def test_a_resting_worker_that_somebody_started_is_stopped_again(world: Any) -> None:
    await bring_up(world)
    world.want(WorkerDesiredStatus.STOPPED)
    await world.run(steps=5)
    world.ec2.rows[EC2] = replace(world.ec2.rows[EC2], state=Ec2State.RUNNING)
    await world.run(steps=2)
    assert (world.status(), world.ec2.rows[EC2].state) == (W.STOPPED, Ec2State.STOPPED)


async def test_a_draining_worker_waits_for_its_last_session(world: Any) -> None:
    await bring_up(world)
    hold(world)
    world.record.change("w-1", status=W.DRAINING, desired_status=WorkerDesiredStatus.STOPPED)
    assert await world.run(steps=60) == [W.DRAINING]
    world.record.change("w-1", allocations=())
    assert await world.run(steps=5) == [W.DRAINING, W.STOPPING, W.STOPPED]


async def test_a_promise_that_has_not_begun_does_not_keep_a_draining_worker_up(world: Any) -> None:
    await bring_up(world)
    later = world.clock.now() + timedelta(days=1)
    promise = CapacityAllocation(
        session_id="s-later",
        vector=ResourceVector(),
        interval=Timeslot(start=later, end=later + timedelta(hours=1)),
        allocated_at=world.clock.now(),
        granted=False,
    )
    world.record.change("w-1", status=W.DRAINING, desired_status=WorkerDesiredStatus.STOPPED, allocations=(promise,))
    assert (await world.run(steps=5))[-1] is W.STOPPED


async def a_drain_with_a_deadline(world: Any, action: DrainDeadlineAction, hours: float = 1) -> None:
    await bring_up(world)
    hold(world)
    world.care.terms = WorkerCareTerms(drain_deadline=action)
    deadline = world.clock.now() + timedelta(hours=hours)
    drained = {"status": W.DRAINING, "status_changed_at": world.clock.now(), "drain_deadline_at": deadline}
    world.record.change("w-1", desired_status=WorkerDesiredStatus.STOPPED, **drained)


@pytest.mark.parametrize("action", [DrainDeadlineAction.WARN, DrainDeadlineAction.WAIT])
async def test_a_drain_that_takes_too_long_is_recorded_and_not_cut_short_unless_policy_says_so(
    world: Any, action: DrainDeadlineAction
) -> None:
    await a_drain_with_a_deadline(world, action)
    await world.run(steps=5, seconds=600)
    assert world.record.rows["w-1"].drain_overrun is None
    await world.run(steps=30, seconds=600)
    assert (world.status(), world.record.rows["w-1"].drain_overrun) == (W.DRAINING, action)


async def test_by_policy_a_drain_is_cut_short_at_its_deadline_and_not_before(world: Any) -> None:
    await a_drain_with_a_deadline(world, DrainDeadlineAction.FORCE_STOP)
    assert await world.run(steps=3, seconds=600) == [W.DRAINING]
    assert await world.run(steps=10, seconds=600) == [W.DRAINING, W.STOPPING, W.STOPPED]


async def test_a_drain_that_is_taken_back_in_time_is_not_cut_short(world: Any) -> None:
    await a_drain_with_a_deadline(world, DrainDeadlineAction.FORCE_STOP)
    await world.run(steps=3, seconds=600)
    world.want(WorkerDesiredStatus.RUNNING)
    await world.run(steps=30, seconds=600)
    assert world.status() is W.RUNNING


async def test_a_drain_without_a_deadline_waits(world: Any) -> None:
    await bring_up(world)
    hold(world)
    world.care.terms = WorkerCareTerms(drain_deadline=DrainDeadlineAction.FORCE_STOP)
    world.record.change("w-1", status=W.DRAINING, desired_status=WorkerDesiredStatus.STOPPED)
    await world.run(steps=30, seconds=600)
    assert world.status() is W.DRAINING


async def test_a_drain_is_taken_back_when_the_worker_is_wanted_running(world: Any) -> None:
    await bring_up(world)
    hold(world)
    world.record.change("w-1", status=W.DRAINING, desired_status=WorkerDesiredStatus.RUNNING)
    assert await world.run(steps=2) == [W.DRAINING, W.RUNNING]


@pytest.mark.parametrize("status", [W.PROVISIONING, W.STARTING, W.RUNNING, W.DRAINING, W.STOPPED])
async def test_termination_is_possible_from_every_resting_place(world: Any, status: W) -> None:
    await bring_up(world)
    world.record.change("w-1", status=status, desired_status=WorkerDesiredStatus.TERMINATED)
    assert (await world.run(steps=6))[-1] is W.TERMINATED
    assert world.ec2.alive == []


async def test_the_licence_is_given_back_before_the_instance_goes(world: Any) -> None:
    await bring_up(world)
    world.want(WorkerDesiredStatus.TERMINATED)
    await world.run(steps=6)
    assert (world.cml.deregistrations, world.status()) == (1, W.TERMINATED)


async def test_a_dead_host_is_asked_for_its_licence_for_a_while_and_goes_then(world: Any) -> None:
    await bring_up(world)
    world.cml.answers = False
    world.want(WorkerDesiredStatus.TERMINATED)
    await world.run(steps=20)
    assert len(world.ec2.alive) == 1
    await world.run(steps=20)
    assert (world.ec2.alive, world.status()) == ([], W.TERMINATED)


async def test_a_terminated_worker_and_one_never_recorded_need_nothing(world: Any) -> None:
    world.add_worker(status=W.TERMINATED)
    assert await world.reconciler.reconcile("w-1") == Done()
    assert await world.reconciler.reconcile("unknown") == Done()


# -- killed at any line

crash_plans = st.lists(st.sampled_from([None, "before", "after"]), max_size=25)


@given(crash_plans, crash_plans)
@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_killed_at_any_line_it_ends_with_one_instance_and_later_with_none(
    new_world: Any, while_rising: list[str | None], while_falling: list[str | None]
) -> None:
    world = new_world()
    world.add_worker()
    world.crashes.plan = iter(while_rising)
    for _ in range(len(while_rising) + 10):
        world.reconciler = world.new_reconciler()
        await world.run(steps=3)
    world.crashes.plan = iter(())
    await world.run(steps=70)
    assert world.status() is W.RUNNING
    assert (world.ec2.launches, [each.state for each in world.ec2.alive]) == (1, [Ec2State.RUNNING])
    world.want(WorkerDesiredStatus.TERMINATED)
    world.crashes.plan = iter(while_falling)
    for _ in range(len(while_falling) + 10):
        world.reconciler = world.new_reconciler()
        await world.run(steps=3)
    await world.run(steps=40)
    assert (world.status(), world.ec2.alive) == (W.TERMINATED, [])


def test_an_instance_knows_no_worker_unless_tagged() -> None:
    assert Ec2Instance("i", "r", Ec2State.RUNNING, "ami").worker_id is None
