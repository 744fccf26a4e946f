"""A host is lost under its sessions: who has not begun goes elsewhere, who works is waited for, nobody is forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from control_plane_api.application.commands.lablet_session.give_up_recovery_command import GiveUpRecoveryCommand
from control_plane_api.application.commands.lablet_session.handle_host_lost_command import HandleHostLostCommand
from control_plane_api.application.commands.lablet_session.recover_session_command import RecoverSessionCommand
from control_plane_api.application.commands.lablet_session.start_collection_command import StartCollectionCommand
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.remove_leftover_command import RemoveLeftoverCommand
from control_plane_api.application.commands.worker.report_host_leaving_command import ReportHostLeavingCommand
from control_plane_api.application.commands.worker.report_host_lost_command import ReportHostLostCommand
from control_plane_api.application.commands.worker.report_worker_health_command import ReportWorkerHealthCommand
from control_plane_api.application.commands.worker.worker_failed_command import WorkerFailedCommand
from control_plane_api.application.commands.worker.worker_starting_command import WorkerStartingCommand
from control_plane_api.application.commands.worker.worker_stopped_command import WorkerStoppedCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.application.services.host_loss_measures import what_became
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import ROOM_FOR_SEVEN, CommandWorld
from control_plane_api.testing.session_steps import learner_started
from lcm_core.contracts.sessions import (
    GiveUpRecovery,
    SessionHostLost,
    SessionRecovered,
    StartCollection,
    StopSession,
    UnscheduleSession,
)
from lcm_core.contracts.workers import (
    LeftoverRemoved,
    ReportHostLeaving,
    ReportHostLost,
    ReportWorkerHealth,
    WorkerFailed,
    WorkerStatusReport,
)
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import (
    CMLWorkerStatus,
    HostLossAction,
    HostLossCause,
    LabFinding,
    LabletSessionStatus,
    SessionOutcome,
    WorkerDesiredStatus,
    WorkerServiceStatus,
)
from lcm_core.domain.errors import CapacityRefused, RuleViolation
from lcm_core.domain.values import HostLossTerms

_S = LabletSessionStatus
_W = CMLWorkerStatus


async def lose(world: CommandWorld, worker_id: str, cause: HostLossCause = HostLossCause.CML_SILENT) -> bool:
    body = ReportHostLost(cause=cause, reason="no answer", silent_since=world.clock.now() - timedelta(seconds=60))
    return (await world.do(ReportHostLostCommand(worker_id, body))).applied


async def back(world: CommandWorld, worker_id: str) -> None:
    up = ReportWorkerHealth(service_status=WorkerServiceStatus.AVAILABLE, reason="CML answers")
    await world.do(ReportWorkerHealthCommand(worker_id, up))


async def tell(world: CommandWorld, session_id: str, worker_id: str, lab: LabFinding | None = None) -> bool:
    body = SessionHostLost(worker_id=worker_id, lab=lab)
    return (await world.do(HandleHostLostCommand(session_id, body))).applied


async def recovered(world: CommandWorld, session_id: str, worker_id: str) -> bool:
    return (await world.do(RecoverSessionCommand(session_id, SessionRecovered(worker_id=worker_id)))).applied


async def two_workers(world: CommandWorld, **definition: Any) -> tuple[str, str, str]:
    await world.a_template()
    return (
        await world.a_ready_worker("one"),
        await world.a_ready_worker("two"),
        await world.a_definition(**definition),
    )


async def a_running_session(world: CommandWorld, worker_id: str, definition_id: str) -> str:
    session_id = await world.a_ready_session(worker_id, definition_id)
    await learner_started(world, session_id)
    return session_id


async def a_session_in(world: CommandWorld, status: LabletSessionStatus, worker_id: str, definition_id: str) -> str:
    session_id = await world.a_pending_session(definition_id)
    await world.schedule(session_id, worker_id)
    if status is not _S.SCHEDULED:
        await world.instantiate(session_id)
    if status is _S.READY:
        await world.mark_ready(session_id)
    return session_id


@pytest.mark.parametrize("status", [_S.SCHEDULED, _S.INSTANTIATING, _S.READY])
async def test_the_room_of_who_has_not_begun_is_held_elsewhere_with_the_same_commit(
    world: CommandWorld, status: LabletSessionStatus
) -> None:
    lost, other, definition_id = await two_workers(world)
    session_id = await a_session_in(world, status, lost, definition_id)
    await lose(world, lost)

    before = await world.commits()
    assert await tell(world, session_id, lost)

    session = await world.session(session_id)
    assert (session.status, session.promised_worker_id, session.worker_id) == (_S.PENDING, other, None)
    assert "no answer" in session.pending_reason
    assert await world.commits() - before == 3, "the session and both workers, in one transaction"
    assert await world.audit() == []


async def test_a_session_that_was_ready_is_made_ready_elsewhere_for_the_same_delivery(world: CommandWorld) -> None:
    lost, other, definition_id = await two_workers(world)
    session_id = await a_session_in(world, _S.READY, lost, definition_id)
    delivery_id = (await world.session(session_id)).user_session_id
    await lose(world, lost)
    await tell(world, session_id, lost)

    await world.schedule(session_id, other)
    await world.instantiate(session_id)
    await world.mark_ready(session_id)
    await learner_started(world, session_id)

    session = await world.session(session_id)
    assert (session.status, session.worker_id, session.user_session_id) == (_S.RUNNING, other, delivery_id)


async def test_without_room_anywhere_it_waits_and_says_why(world: CommandWorld) -> None:
    await world.a_template()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=1), "small account"))
    worker_id = await world.a_ready_worker()
    session_id = await a_session_in(world, _S.INSTANTIATING, worker_id, await world.a_definition())
    await lose(world, worker_id)

    await tell(world, session_id, worker_id)

    session = await world.session(session_id)
    assert (session.status, session.promised_worker_id) == (_S.PENDING, None)
    assert "host lost" in session.pending_reason


async def test_a_lost_host_takes_no_session_and_no_promise(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    await lose(world, lost)
    session_id = await world.a_pending_session(definition_id)

    assert (await world.session(session_id)).promised_worker_id != lost
    with pytest.raises(CapacityRefused):
        await world.schedule(session_id, lost)


async def test_a_host_that_is_back_takes_sessions_only_when_what_was_left_on_it_is_gone(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    moved = await a_session_in(world, _S.READY, lost, definition_id)
    lab_id = (await world.session(moved)).cml_lab_id
    await lose(world, lost)
    await tell(world, moved, lost)
    await back(world, lost)
    new = await world.a_pending_session(definition_id)

    worker = await world.worker(lost)
    assert [(each.session_id, each.cml_lab_id) for each in worker.leftover_labs] == [(moved, lab_id)]
    assert not worker.placeable
    with pytest.raises(CapacityRefused, match="labs of sessions that went elsewhere"):
        await world.schedule(new, lost)

    await world.do(RemoveLeftoverCommand(lost, LeftoverRemoved(session_id=moved, proof="CML knows none")))

    assert (await world.worker(lost)).placeable
    assert (await world.schedule(new, lost)).applied


async def test_a_session_that_was_only_scheduled_leaves_nothing_behind(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    session_id = await a_session_in(world, _S.SCHEDULED, lost, definition_id)
    await lose(world, lost)
    await tell(world, session_id, lost)

    assert (await world.worker(lost)).leftover_labs == ()


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


@pytest.mark.parametrize("lab", list(LabFinding))
async def test_a_lab_that_is_lost_before_the_learner_came_is_made_again_elsewhere_and_what_is_left_of_it_removed(
    world: CommandWorld, lab: LabFinding
) -> None:
    worker_id, other, definition_id = await two_workers(world)
    session_id = await a_session_in(world, _S.READY, worker_id, definition_id)

    assert await tell(world, session_id, worker_id, lab)

    session, worker = await world.session(session_id), await world.worker(worker_id)
    assert (session.status, session.promised_worker_id) == (_S.PENDING, other)
    assert [each.session_id for each in worker.leftover_labs] == [session_id]
    assert await world.audit() == []


async def test_who_looked_before_a_session_was_moved_does_not_take_it_off_its_new_worker(world: CommandWorld) -> None:
    lost, other, definition_id = await two_workers(world)
    session_id = await a_session_in(world, _S.SCHEDULED, lost, definition_id)
    await lose(world, lost)
    await tell(world, session_id, lost)
    await world.schedule(session_id, other)

    late = UnscheduleSession(reason="its worker lost its host", worker_id=lost)
    unscheduled = await world.do(UnscheduleLabletSessionCommand(session_id, late))
    told_again = await tell(world, session_id, lost)

    assert (unscheduled.applied, unscheduled.why, told_again) == (False, "late", False)
    assert (await world.session(session_id)).worker_id == other


async def test_everything_told_twice_changes_nothing_the_second_time(world: CommandWorld) -> None:
    lost, _, definition_id = await two_workers(world)
    running = await a_running_session(world, lost, definition_id)

    assert await lose(world, lost)
    assert not await lose(world, lost)
    assert await tell(world, running, lost)
    first = (await world.session(running)).recovery
    world.later(minutes=1)
    assert not await tell(world, running, lost)
    assert (await world.session(running)).recovery == first
    await back(world, lost)
    assert await recovered(world, running, lost)
    assert not await recovered(world, running, lost)


async def test_what_becomes_of_hosts_and_sessions_is_counted_once(world: CommandWorld) -> None:
    commits: list[Commit] = []
    world.mediator.after_commit(commits.extend)
    lost, _, definition_id = await two_workers(world)
    held = await a_running_session(world, lost, definition_id)
    moved = await a_session_in(world, _S.SCHEDULED, lost, definition_id)
    given_up = await world.a_ready_session(lost, definition_id, "lds-2")
    await learner_started(world, given_up, lds="lds-2")
    await lose(world, lost)
    for session_id in (held, moved, given_up, held):
        await tell(world, session_id, lost)
    hold = (await world.session(given_up)).recovery
    assert hold is not None
    await world.do(GiveUpRecoveryCommand(given_up, GiveUpRecovery(deadline=hold.deadline)))
    await back(world, lost)
    await recovered(world, held, lost)

    seen = what_became(commits)

    assert (seen.lost, seen.back) == ({"cml_silent": 1}, 1)
    assert seen.sessions == {"held": 2, "replaced": 1, "ended": 1, "recovered": 1}
