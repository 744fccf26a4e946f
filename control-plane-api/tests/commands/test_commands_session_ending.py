"""Every way out of a session, and that none of them keeps anything."""

from __future__ import annotations

import pytest

from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
from control_plane_api.application.commands.lablet_session.complete_termination_command import (
    CompleteTerminationCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_archived_command import (
    MarkSessionArchivedCommand,
)
from control_plane_api.application.commands.lablet_session.mark_session_stopped_command import (
    MarkSessionStoppedCommand,
)
from control_plane_api.application.commands.lablet_session.stop_lablet_session_command import StopLabletSessionCommand
from control_plane_api.application.commands.lablet_session.terminate_lablet_session_command import (
    TerminateLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.transition_lablet_session_command import (
    TransitionLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.unschedule_lablet_session_command import (
    UnscheduleLabletSessionCommand,
)
from control_plane_api.application.commands.reservation.cancel_reservation_command import CancelReservationCommand
from control_plane_api.application.commands.worker.worker_terminated_command import WorkerTerminatedCommand
from control_plane_api.testing.command_world import CommandWorld
from control_plane_api.testing.session_steps import (
    a_ready_session,
    a_running_session,
    learner_ended,
    learner_started,
    taken_down,
)
from lcm_core.application.mediator import Command
from lcm_core.contracts.base import Applied
from lcm_core.contracts.reservations import CancelReservation
from lcm_core.contracts.sessions import (
    BindLab,
    MarkSessionArchived,
    MarkSessionStopped,
    StopSession,
    TransitionSession,
    UnscheduleSession,
)
from lcm_core.contracts.workers import WorkerStatusReport
from lcm_core.domain.enums import (
    LabletSessionStatus,
    SessionOutcome,
)
from lcm_core.domain.errors import IllegalTransition, RuleViolation

_S = LabletSessionStatus


async def test_a_pending_session_is_terminated_at_once(world: CommandWorld) -> None:
    await world.a_template()
    session_id = await world.a_pending_session(await world.a_definition())

    await world.do(TerminateLabletSessionCommand(session_id, "not wanted"))

    session = await world.session(session_id)
    assert (session.status, session.outcome, session.terminate_requested) == (
        _S.TERMINATED,
        SessionOutcome.CANCELLED,
        True,
    )
    assert session.capacity_released
    assert session.promised_worker_id is not None
    assert (await world.worker(session.promised_worker_id)).allocations == ()


async def test_terminating_a_scheduled_session_frees_its_room_in_the_same_commit(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)

    await world.do(StopLabletSessionCommand(session_id, StopSession(outcome=SessionOutcome.EXPIRED, reason="late")))

    session = await world.session(session_id)
    assert (session.status, session.outcome, session.capacity_released) == (
        _S.TERMINATED,
        SessionOutcome.EXPIRED,
        True,
    )
    assert (await world.worker(worker_id)).allocations == ()
    assert await world.audit() == []


@pytest.mark.parametrize("status", [_S.INSTANTIATING, _S.READY, _S.RUNNING, _S.COLLECTING, _S.GRADING])
async def test_what_may_be_on_a_host_leaves_through_stopping_and_keeps_its_room(
    world: CommandWorld, status: LabletSessionStatus
) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)
    await world.instantiate(session_id)
    steps = [
        lambda: world.mark_ready(session_id),
        lambda: learner_started(world, session_id),
        lambda: learner_ended(world, session_id),
        lambda: world.collected(session_id, "r1"),
    ]
    for step in steps[: list(_S).index(status) - 2]:
        await step()
    assert (await world.session(session_id)).status is status

    await world.do(TerminateLabletSessionCommand(session_id, "cancelled"))

    assert (await world.session(session_id)).status is _S.STOPPING
    assert len((await world.worker(worker_id)).allocations) == 1
    await taken_down(world, session_id)
    assert (await world.worker(worker_id)).allocations == ()
    assert await world.audit() == []


async def a_session_whose_worker_died(world: CommandWorld) -> str:
    """Back in the queue. What it had reached on that worker, a delivery session perhaps, nobody reported."""
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)
    await world.instantiate(session_id)
    await world.do(WorkerTerminatedCommand(worker_id, WorkerStatusReport(reason="spot")))
    await world.do(UnscheduleLabletSessionCommand(session_id, UnscheduleSession(reason="its worker is gone")))
    return session_id


@pytest.mark.parametrize("placed_again", [False, True])
@pytest.mark.parametrize("how", ["terminated", "stopped", "cancelled", "by hand"])
async def test_what_began_once_is_over_only_when_its_delivery_is_archived(
    world: CommandWorld, how: str, placed_again: bool
) -> None:
    session_id = await a_session_whose_worker_died(world)
    second = await world.a_ready_worker("second")
    if placed_again:
        await world.schedule(session_id, second)
    expired = StopSession(outcome=SessionOutcome.EXPIRED, reason="late")
    commands: dict[str, Command[Applied]] = {
        "terminated": TerminateLabletSessionCommand(session_id, "not wanted"),
        "stopped": StopLabletSessionCommand(session_id, expired),
        "cancelled": CancelReservationCommand(
            (await world.session(session_id)).reservation_id, CancelReservation(reason="exam moved")
        ),
        "by hand": TransitionLabletSessionCommand(
            session_id, TransitionSession(target=_S.TERMINATED, reason="by hand")
        ),
    }

    await world.do(commands[how])

    assert (await world.session(session_id)).status is _S.STOPPING
    assert (await world.worker(second)).allocations == (), "the room on a worker that it never used is free at once"
    await world.do(MarkSessionStoppedCommand(session_id, MarkSessionStopped(proof="it is on no worker")))
    with pytest.raises(IllegalTransition, match="STOPPED to TERMINATED"):
        await world.do(CompleteTerminationCommand(session_id))
    await world.do(MarkSessionArchivedCommand(session_id, MarkSessionArchived()))
    await world.do(CompleteTerminationCommand(session_id))
    session = await world.session(session_id)
    assert (session.status, session.lds_archived) == (_S.TERMINATED, True)
    assert await world.audit() == []


async def test_a_lab_that_came_up_while_stopping_is_known_to_be_taken_down(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)
    await world.instantiate(session_id)
    await world.do(TerminateLabletSessionCommand(session_id, "cancelled"))

    await world.do(BindLabCommand(session_id, BindLab(cml_lab_id="lab-late")))

    assert (await world.session(session_id)).cml_lab_id == "lab-late"


async def test_nothing_was_imported_is_a_proof_too(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)
    await world.instantiate(session_id)
    await world.do(StopLabletSessionCommand(session_id, StopSession(outcome=SessionOutcome.FAILED, reason="broken")))

    await world.do(MarkSessionStoppedCommand(session_id, MarkSessionStopped(proof="nothing was imported")))

    session = await world.session(session_id)
    assert (session.status, session.lab_gone, session.cml_lab_id) == (_S.STOPPED, True, None)


async def test_stopping_without_a_proof_is_refused(world: CommandWorld) -> None:
    session_id, worker_id = await a_running_session(world)
    await world.do(TerminateLabletSessionCommand(session_id, "cancelled"))

    with pytest.raises(RuleViolation, match="proves"):
        await world.do(MarkSessionStoppedCommand(session_id, MarkSessionStopped(proof=" ")))

    assert len((await world.worker(worker_id)).allocations) == 1


async def test_an_impossible_override_names_both_states_and_writes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    before = await world.commits()

    with pytest.raises(IllegalTransition, match="RUNNING to READY"):
        await world.do(TransitionLabletSessionCommand(session_id, TransitionSession(target=_S.READY, reason="try it")))

    assert await world.commits() == before


async def test_an_operator_can_move_a_session_by_hand_all_the_way_out(world: CommandWorld) -> None:
    session_id, worker_id = await a_ready_session(world)

    for target in (_S.RUNNING, _S.COLLECTING, _S.STOPPING, _S.STOPPED, _S.ARCHIVED, _S.TERMINATED):
        override = TransitionSession(target=target, reason="by hand")
        assert (await world.do(TransitionLabletSessionCommand(session_id, override))).applied

    assert (await world.session(session_id)).status is _S.TERMINATED
    assert (await world.worker(worker_id)).allocations == ()
    assert await world.audit() == []


@pytest.mark.parametrize("target", [_S.SCHEDULED])
async def test_a_move_that_needs_facts_is_not_made_by_hand(world: CommandWorld, target: LabletSessionStatus) -> None:
    await world.a_template()
    session_id = await world.a_pending_session(await world.a_definition())

    with pytest.raises(RuleViolation, match="schedule"):
        await world.do(TransitionLabletSessionCommand(session_id, TransitionSession(target=target, reason="by hand")))
