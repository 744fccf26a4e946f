"""A host is lost under learners who work: they are waited for, nobody is forgotten, nothing is done twice."""

from __future__ import annotations

from datetime import timedelta

import pytest

from control_plane_api.application.commands.lablet_session.give_up_recovery_command import GiveUpRecoveryCommand
from control_plane_api.application.commands.lablet_session.start_collection_command import StartCollectionCommand
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.report_host_leaving_command import ReportHostLeavingCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_starting_command import WorkerStartingCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import ROOM_FOR_SEVEN, CommandWorld
from control_plane_api.testing.host_loss_steps import (
    a_running_session,
    back,
    lose,
    recovered,
    tell,
    two_workers,
)
from control_plane_api.testing.session_steps import learner_started
from lcm_core.contracts.sessions import (
    GiveUpRecovery,
    StartCollection,
    StopSession,
)
from lcm_core.contracts.workers import (
    ReportHostLeaving,
    WorkerFailed,
    WorkerStatusReport,
)
from lcm_core.domain.enums import (
    CMLWorkerStatus,
    HostLossAction,
    HostLossCause,
    LabFinding,
    LabletSessionStatus,
    SessionOutcome,
    WorkerDesiredStatus,
)
from lcm_core.domain.errors import RuleViolation
from lcm_core.domain.values import HostLossTerms

_S = LabletSessionStatus
_W = CMLWorkerStatus


async def test_who_works_is_held_for_the_host_and_goes_on_with_the_time_that_was_lost(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, lost, definition_id)
    slot = (await world.session(session_id)).timeslot
    await lose(world, lost)
    await tell(world, session_id, lost)
    held = await world.session(session_id)
    world.later(minutes=5)
    await back(world, lost)

    assert await recovered(world, session_id, lost)

    session = await world.session(session_id)
    assert held.recovery is not None
    assert held.recovery.deadline == held.recovery.since + timedelta(seconds=900)
    assert (session.status, session.recovery) == (_S.RUNNING, None)
    assert session.timeslot.end == slot.end + timedelta(minutes=5)
    assert await world.audit() == []


async def test_time_is_not_given_back_at_the_cost_of_somebody_elses_promise(world: CommandWorld) -> None:
    all_of_it = ROOM_FOR_SEVEN.model_copy(update={"ports": 0})
    lost, _, definition_id = await two_workers(world, requirements=all_of_it)
    session_id = await a_running_session(world, lost, definition_id)
    slot = (await world.session(session_id)).timeslot
    after = await world.a_pending_session(definition_id, start=slot.end + timedelta(minutes=10))
    assert (await world.session(after)).promised_worker_id == lost
    await lose(world, lost)
    await tell(world, session_id, lost)
    world.later(minutes=10)
    await back(world, lost)

    assert await recovered(world, session_id, lost)

    session = await world.session(session_id)
    assert (session.timeslot, session.recovery) == (slot, None)
    assert await world.audit() == []


async def test_who_works_ends_at_once_where_the_definition_says_so(world: CommandWorld) -> None:
    terms = HostLossTerms(action=HostLossAction.END)
    lost, _, definition_id = await two_workers(world, host_loss=terms)
    session_id = await a_running_session(world, lost, definition_id)
    await lose(world, lost)

    await tell(world, session_id, lost)

    session = await world.session(session_id)
    assert (session.status, session.outcome) == (_S.STOPPING, SessionOutcome.FAILED)
    assert session.outcome_reason.startswith("host lost: worker")


async def test_the_system_decides_where_the_definition_says_nothing(world: CommandWorld) -> None:
    policy = FleetPolicy(host_loss=HostLossTerms(hold_seconds=120))
    await world.do(UpdateSystemSettingsCommand(policy, "short exams"))
    lost, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, lost, definition_id)
    await lose(world, lost)
    await tell(world, session_id, lost)

    hold = (await world.session(session_id)).recovery
    assert hold is not None
    assert hold.deadline == hold.since + timedelta(seconds=120)


async def test_a_hold_that_is_over_ends_the_session_with_the_reason(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, lost, definition_id)
    await lose(world, lost)
    await tell(world, session_id, lost)
    hold = (await world.session(session_id)).recovery
    assert hold is not None
    early = GiveUpRecovery(deadline=hold.deadline - timedelta(seconds=1))

    assert not (await world.do(GiveUpRecoveryCommand(session_id, early))).applied
    assert (await world.do(GiveUpRecoveryCommand(session_id, GiveUpRecovery(deadline=hold.deadline)))).applied

    session = await world.session(session_id)
    assert (session.status, session.outcome, session.recovery) == (_S.STOPPING, SessionOutcome.FAILED, None)
    assert "not back by" in session.outcome_reason


async def test_a_collection_waits_for_the_host_too(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, lost, definition_id)
    await world.do(StartCollectionCommand(session_id, StartCollection(reason="learner_finished")))
    await lose(world, lost)
    await tell(world, session_id, lost)
    assert (await world.session(session_id)).recovery is not None
    await back(world, lost)
    await recovered(world, session_id, lost)

    await world.collected(session_id, "r1")

    assert (await world.session(session_id)).status is _S.GRADING


async def test_what_is_graded_or_leaving_needs_its_host_no_more(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, lost, definition_id)
    await world.do(StartCollectionCommand(session_id, StartCollection(reason="learner_finished")))
    await world.collected(session_id, "r1")
    await lose(world, lost)

    assert not await tell(world, session_id, lost)
    await world.do(
        StopLabletSessionCommand(session_id, StopSession(outcome=SessionOutcome.COMPLETED, reason="no score"))
    )
    assert not await tell(world, session_id, lost)

    assert (await world.session(session_id)).status is _S.STOPPING
    assert (await world.worker(lost)).allocations, "the room is not given back before the lab is proven gone"


@pytest.mark.parametrize("terms", [None, HostLossTerms(action=HostLossAction.HOLD)])
async def test_nobody_waits_for_a_host_that_is_gone_for_good(world: CommandWorld, terms: HostLossTerms | None) -> None:
    lost, _, definition_id = await two_workers(world, host_loss=terms)
    session_id = await a_running_session(world, lost, definition_id)
    await world.do(WorkerTerminatedCommand(lost, WorkerStatusReport(reason="found terminated: by hand")))

    await tell(world, session_id, lost)

    session = await world.session(session_id)
    loss = (await world.worker(lost)).host_loss
    assert (session.status, session.outcome) == (_S.STOPPING, SessionOutcome.FAILED)
    assert loss is not None
    assert loss.cause is HostLossCause.INSTANCE_GONE


async def test_a_host_stopped_from_outside_is_lost_until_it_is_up_again(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, lost, definition_id)
    await world.do(WorkerStoppedCommand(lost, WorkerStatusReport(reason="found stopped: by hand")))
    stopped = await world.worker(lost)
    await tell(world, session_id, lost)
    await world.do(WorkerStartingCommand(lost, WorkerStatusReport(reason="wanted again")))
    assert not await recovered(world, session_id, lost)
    await world.make_ready(lost)

    assert await recovered(world, session_id, lost)

    assert stopped.host_loss is not None
    assert stopped.host_loss.cause is HostLossCause.INSTANCE_STOPPED
    assert (await world.session(session_id)).status is _S.RUNNING


async def test_a_host_that_a_session_waits_for_is_not_given_up(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, lost, definition_id)
    await lose(world, lost)
    await tell(world, session_id, lost)

    with pytest.raises(RuleViolation, match="waited for by a session"):
        await world.do(WorkerFailedCommand(lost, WorkerFailed(reason="not back")))
    world.later(minutes=16)
    await world.do(WorkerFailedCommand(lost, WorkerFailed(reason="not back")))

    assert (await world.worker(lost)).status is _W.FAILED


async def test_a_spot_reclaim_drains_the_host_and_reads_what_the_learner_has_done(world: CommandWorld) -> None:
    lost, other, definition_id = await two_workers(world)
    running = await a_running_session(world, lost, definition_id)
    waiting = await world.a_pending_session(definition_id)
    await world.schedule(waiting, lost)
    await world.instantiate(waiting)
    await lose(world, lost, HostLossCause.SPOT_RECLAIM)

    await tell(world, running, lost)
    await tell(world, waiting, lost)
    await back(world, lost)

    worker = await world.worker(lost)
    assert (worker.status, worker.desired_status) == (_W.DRAINING, WorkerDesiredStatus.STOPPED)
    assert worker.host_loss is not None, "that it still answers does not mean that it stays"
    assert (await world.session(running)).status is _S.COLLECTING
    assert (await world.session(waiting)).promised_worker_id == other


async def test_maintenance_drains_the_host_whoever_is_on_it_and_loses_nobody(world: CommandWorld) -> None:
    worker_id, _, definition_id = await two_workers(world)
    session_id = await a_running_session(world, worker_id, definition_id)

    await world.do(ReportHostLeavingCommand(worker_id, ReportHostLeaving(reason="EC2 maintenance, system-reboot")))

    worker = await world.worker(worker_id)
    assert (worker.status, worker.host_loss) == (_W.DRAINING, None)
    assert not await tell(world, session_id, worker_id)
    assert (await world.session(session_id)).status is _S.RUNNING


async def test_a_reclaim_of_a_worker_that_is_drained_already_is_no_second_drain(world: CommandWorld) -> None:
    worker_id, _, _ = await two_workers(world)
    await world.do(ReportHostLeavingCommand(worker_id, ReportHostLeaving(reason="EC2 maintenance, system-reboot")))

    await lose(world, worker_id, HostLossCause.SPOT_RECLAIM)

    assert [each["reason"] for each in await world.documents("worker_disruptions")] == ["maintenance"]


async def test_a_worker_that_goes_on_after_all_is_drained_again_only_for_other_maintenance(world: CommandWorld) -> None:
    worker_id, _, _ = await two_workers(world)
    first = ReportHostLeavingCommand(worker_id, ReportHostLeaving(reason="EC2 maintenance, system-reboot"))
    await world.do(first)
    await world.do(CancelDrainCommand(worker_id))

    told_again = await world.do(first)
    other = await world.do(ReportHostLeavingCommand(worker_id, ReportHostLeaving(reason="EC2 maintenance, retirement")))

    assert (told_again.applied, other.applied) == (False, True)


async def test_a_lab_that_stands_still_on_a_host_that_answers_is_held_and_one_that_is_missing_ends(
    world: CommandWorld,
) -> None:
    worker_id, _, definition_id = await two_workers(world)
    still = await a_running_session(world, worker_id, definition_id)
    missing = await world.a_ready_session(worker_id, definition_id, "lds-2")
    await learner_started(world, missing, lds="lds-2")

    await tell(world, still, worker_id, LabFinding.STOPPED)
    await tell(world, missing, worker_id, LabFinding.MISSING)

    assert (await world.session(still)).recovery is not None
    assert (await world.session(missing)).outcome is SessionOutcome.FAILED
