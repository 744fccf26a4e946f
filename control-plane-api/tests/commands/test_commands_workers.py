"""The course of workers: asked for once, guarded while they serve, believed when they are gone."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.allocate_capacity_command import AllocateCapacityCommand
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.release_capacity_command import ReleaseCapacityCommand
from control_plane_api.application.commands.worker.report_worker_findings_command import ReportWorkerFindingsCommand
from control_plane_api.application.commands.worker.report_worker_health_command import ReportWorkerHealthCommand
from control_plane_api.application.commands.worker.report_worker_metrics_command import ReportWorkerMetricsCommand
from control_plane_api.application.commands.worker.request_scale_up_command import RequestScaleUpCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.update_worker_capacity_command import UpdateWorkerCapacityCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import ROOM_FOR_SEVEN, START, CommandWorld
from lcm_core.contracts.workers import (
    AllocateCapacity,
    DrainWorker,
    MaintenanceFinding,
    ReleaseCapacity,
    ReportWorkerFindings,
    ReportWorkerHealth,
    ReportWorkerMetrics,
    RequestScaleUp,
    SetDesiredStatus,
    WorkerFailed,
    WorkerStatusReport,
)
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus, WorkerServiceStatus
from lcm_core.domain.errors import CapacityRefused, RuleViolation
from lcm_core.domain.read_models import DriftFinding, DriftKind, ScaleUpDemand, WorkerMetrics
from lcm_core.domain.values import ResourceVector

_W = CMLWorkerStatus


async def _scale_up(world: CommandWorld, key: str, *sessions: str):
    demand = ScaleUpDemand(key=key, reason="no room", session_ids=sessions)
    return await world.do(RequestScaleUpCommand(RequestScaleUp(template_name="metal", demand=demand)))


async def test_the_same_demand_ten_times_at_once_makes_one_worker(world: CommandWorld) -> None:
    await world.a_template()

    answers = await asyncio.gather(*(_scale_up(world, "k", "s1") for _ in range(10)))

    assert len({answer.worker_id for answer in answers}) == 1
    assert sum(answer.created for answer in answers) == 1


async def test_a_worker_on_its_way_for_the_same_sessions_answers_another_demand(world: CommandWorld) -> None:
    await world.a_template()
    first = await _scale_up(world, "k1", "s1", "s2")

    covered, more = await _scale_up(world, "k2", "s2"), await _scale_up(world, "k3", "s2", "s3")

    assert (covered.worker_id, covered.created) == (first.worker_id, False)
    assert more.created


async def test_a_demand_whose_worker_is_gone_gets_another(world: CommandWorld) -> None:
    await world.a_template()
    first = await _scale_up(world, "k", "s1")
    await world.do(WorkerFailedCommand(first.worker_id, WorkerFailed(reason="no capacity in the zone")))

    second = await _scale_up(world, "k", "s1")

    assert second.created
    assert second.worker_id != first.worker_id


async def test_a_region_holds_no_more_workers_than_allowed_those_on_the_way_included(world: CommandWorld) -> None:
    await world.a_template()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=2), "small account"))
    await _scale_up(world, "a", "s1")
    await _scale_up(world, "b", "s2")

    with pytest.raises(RuleViolation, match="at most 2") as refused:
        await _scale_up(world, "c", "s3")

    assert refused.value.code == "fleet-limit"


async def test_many_scale_ups_at_once_stay_within_the_limit_of_the_region(world: CommandWorld) -> None:
    await world.a_template()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=3), "small account"))

    answers = await asyncio.gather(
        *(_scale_up(world, f"k{number}", f"s{number}") for number in range(8)), return_exceptions=True
    )

    made = [answer.worker_id for answer in answers if not isinstance(answer, BaseException)]
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(set(made)) == 3
    assert {answer.code for answer in refused if isinstance(answer, RuleViolation)} == {"fleet-limit"}
    assert len(refused) == 5


async def test_an_unknown_template_makes_no_worker(world: CommandWorld) -> None:
    with pytest.raises(RuleViolation, match="no worker template 'metal'"):
        await _scale_up(world, "k")


async def test_a_worker_with_a_live_session_is_neither_drained_nor_stopped_unless_forced(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.schedule(await world.a_pending_session(await world.a_definition()), worker_id)

    for command in (
        DrainWorkerCommand(worker_id, DrainWorker(reason="scale-down")),
        SetWorkerDesiredStatusCommand(
            worker_id, SetDesiredStatus(desired_status=WorkerDesiredStatus.STOPPED, reason="idle")
        ),
    ):
        with pytest.raises(RuleViolation, match="1 of its sessions"):
            await world.do(command)
    await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="fire", force=True)))

    worker = await world.worker(worker_id)
    assert (worker.status, worker.desired_status) == (_W.DRAINING, WorkerDesiredStatus.STOPPED)


async def test_a_session_in_the_far_future_does_not_keep_a_worker_up(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    next_week = START + timedelta(days=7)
    await world.schedule(await world.a_pending_session(await world.a_definition(), start=next_week), worker_id)

    assert (await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="scale-down")))).applied


async def test_a_cancelled_drain_serves_again(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.do(DrainWorkerCommand(worker_id, DrainWorker(reason="scale-down")))

    await world.do(CancelDrainCommand(worker_id))

    worker = await world.worker(worker_id)
    assert (worker.placeable, worker.desired_status, worker.drain_reason) == (True, WorkerDesiredStatus.RUNNING, "")


async def test_a_stop_that_nobody_saw_begin_is_recorded_as_both_steps(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()

    await world.do(WorkerStoppedCommand(worker_id, WorkerStatusReport(reason="seen stopped")))
    again = await world.do(WorkerStoppedCommand(worker_id, WorkerStatusReport()))

    worker = await world.worker(worker_id)
    assert (worker.status, worker.service_status) == (_W.STOPPED, WorkerServiceStatus.UNAVAILABLE)
    assert again.why == "no_change"


async def test_health_is_recorded_when_it_changes(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    down = ReportWorkerHealth(service_status=WorkerServiceStatus.UNAVAILABLE, reason="502")

    answers = [await world.do(ReportWorkerHealthCommand(worker_id, down)) for _ in range(3)]

    assert [answer.applied for answer in answers] == [True, False, False]
    assert not (await world.worker(worker_id)).placeable


async def test_metrics_do_not_flood_the_log_nor_forget_the_last_activity(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    before = await world.commits()

    def measured(minute: int, active: bool = False) -> ReportWorkerMetricsCommand:
        at = START + timedelta(minutes=minute)
        metrics = WorkerMetrics(observed_at=at, cpu_percent=minute)
        return ReportWorkerMetricsCommand(
            worker_id, ReportWorkerMetrics(metrics=metrics, last_activity_at=at if active else None)
        )

    answers = [await world.do(command) for command in (measured(1, active=True), measured(3), measured(2))]

    worker = await world.worker(worker_id)
    assert [answer.applied for answer in answers] == [True, True, False]
    assert worker.metrics is not None
    assert (worker.metrics.cpu_percent, worker.last_activity_at) == (3, START + timedelta(minutes=1))
    assert await world.commits() == before


async def test_capacity_is_not_declared_below_what_is_promised(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.schedule(await world.a_pending_session(await world.a_definition()), worker_id)

    with pytest.raises(RuleViolation, match="promised"):
        await world.do(UpdateWorkerCapacityCommand(worker_id, ResourceVector(cpu_cores=1), "smaller host"))
    less = ROOM_FOR_SEVEN.model_copy(update={"cpu_cores": 3})
    await world.do(UpdateWorkerCapacityCommand(worker_id, less, "smaller host"))

    with pytest.raises(CapacityRefused):
        await world.schedule(await world.a_pending_session(await world.a_definition("other")), worker_id)


async def test_room_that_a_session_needs_is_not_released_under_it(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)

    with pytest.raises(RuleViolation, match="given back when its lab is proven gone"):
        await world.do(ReleaseCapacityCommand(worker_id, ReleaseCapacity(session_id=session_id)))
    unknown = await world.do(ReleaseCapacityCommand(worker_id, ReleaseCapacity(session_id="nobody")))

    assert unknown.why == "no_change"


async def test_room_is_only_held_for_sessions_that_count_on_it(world: CommandWorld) -> None:
    await world.a_template()
    first = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    worker_id = await world.a_ready_worker("other")

    promised = await world.do(AllocateCapacityCommand(first, AllocateCapacity(session_id=session_id)))
    assert promised.why == "no_change"
    with pytest.raises(RuleViolation, match="schedule it there"):
        await world.do(AllocateCapacityCommand(worker_id, AllocateCapacity(session_id=session_id)))
    await world.schedule(session_id, worker_id)
    held = await world.do(AllocateCapacityCommand(worker_id, AllocateCapacity(session_id=session_id)))

    assert held.why == "no_change"


async def test_a_session_is_placed_anew_when_its_worker_died_under_it(world: CommandWorld) -> None:
    from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
    from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
        UnscheduleLabletSessionCommand,
    )
    from lcm_core.contracts.sessions import BindLab, UnscheduleSession

    await world.a_template()
    dead, alive = await world.a_ready_worker("a"), await world.a_ready_worker("b")
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, dead)
    await world.instantiate(session_id)
    await world.do(BindLabCommand(session_id, BindLab(cml_lab_id="lab-1")))
    await world.do(WorkerTerminatedCommand(dead, WorkerStatusReport(reason="instance gone")))

    await world.do(UnscheduleLabletSessionCommand(session_id, UnscheduleSession(reason="worker gone")))
    await world.schedule(session_id, alive)

    assert (await world.worker(dead)).allocations == ()
    assert (await world.session(session_id)).worker_id == alive
    assert await world.audit() == []


def _findings(worker_id: str, *drift: DriftFinding, at: datetime | None = None) -> ReportWorkerFindingsCommand:
    maintenance = MaintenanceFinding(at=at, reason="instance-retirement: degraded hardware")
    return ReportWorkerFindingsCommand(worker_id, ReportWorkerFindings(drift=drift, maintenance=maintenance))


LESS_MEMORY = DriftFinding(what=DriftKind.MEMORY, declared="192 GB", measured="128 GB")
ANOTHER_VERSION = DriftFinding(what=DriftKind.CML_VERSION, declared="2.9.1", measured="2.8.0")


async def test_drift_is_an_event_only_when_it_changes_and_keeps_since_when(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.do(_findings(worker_id, LESS_MEMORY))
    known = await world.commits()
    world.clock.advance(60)

    again = await world.do(_findings(worker_id, LESS_MEMORY))
    assert (again.applied, await world.commits()) == (False, known)

    await world.do(_findings(worker_id, ANOTHER_VERSION, LESS_MEMORY))
    worker = await world.worker(worker_id)
    assert [(each.what, (each.since - START).total_seconds()) for each in worker.drift] == [
        (DriftKind.CML_VERSION, 60),
        (DriftKind.MEMORY, 0),
    ]

    await world.do(_findings(worker_id))
    assert (await world.worker(worker_id)).drift == ()


async def test_planned_maintenance_is_on_the_worker_until_it_is_called_off(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    at = START + timedelta(days=3)

    assert [(await world.do(_findings(worker_id, at=at))).applied for _ in range(2)] == [True, False]
    worker = await world.worker(worker_id)
    assert (worker.maintenance_at, worker.maintenance_reason) == (at, "instance-retirement: degraded hardware")

    await world.do(_findings(worker_id))
    worker = await world.worker(worker_id)
    assert (worker.maintenance_at, worker.maintenance_reason) == (None, "")


async def test_findings_end_with_the_service_of_the_worker_and_late_ones_change_nothing(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    await world.do(_findings(worker_id, LESS_MEMORY, at=START + timedelta(days=1)))
    await world.do(WorkerStoppedCommand(worker_id, WorkerStatusReport(reason="night")))

    late = await world.do(_findings(worker_id, LESS_MEMORY, at=START + timedelta(days=1)))

    worker = await world.worker(worker_id)
    assert late.applied is False
    assert (worker.drift, worker.maintenance_at) == ((), None)
