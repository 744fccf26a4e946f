"""A host is lost under sessions that have not begun: they go elsewhere, and no lab is left behind unseen."""

from __future__ import annotations

import pytest

from control_plane_api.application.commands.lablet_session.give_up_recovery_command import GiveUpRecoveryCommand
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.application.commands.worker.remove_leftover_command import RemoveLeftoverCommand
from control_plane_api.application.services.host_loss_measures import what_became
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import CommandWorld
from control_plane_api.testing.host_loss_steps import (
    a_running_session,
    a_session_in,
    back,
    lose,
    recovered,
    tell,
    two_workers,
)
from control_plane_api.testing.session_steps import learner_started
from lcm_core.contracts.sessions import (
    GiveUpRecovery,
    UnscheduleSession,
)
from lcm_core.contracts.workers import (
    LeftoverRemoved,
)
from lcm_core.domain.commit import Commit
from lcm_core.domain.enums import (
    LabFinding,
    LabletSessionStatus,
)
from lcm_core.domain.errors import CapacityRefused

_S = LabletSessionStatus


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
