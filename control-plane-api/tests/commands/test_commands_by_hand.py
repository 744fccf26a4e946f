"""What operators do by hand: each with what it changes, what it refuses and says of that, and never twice."""

from __future__ import annotations

import pytest

from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
from control_plane_api.application.commands.operations.pause_reconciler_command import PauseReconcilerCommand
from control_plane_api.application.commands.operations.resume_reconciler_command import ResumeReconcilerCommand
from control_plane_api.application.commands.operations.start_maintenance_command import StartMaintenanceCommand
from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.by_hand_steps import (
    WHY,
    assign,
    detach,
    re_place,
    retry,
    skip,
    skip_grading,
    step_told,
)
from control_plane_api.testing.command_world import CommandWorld
from control_plane_api.testing.host_loss_steps import a_running_session, a_session_in, lose, two_workers
from control_plane_api.testing.session_steps import a_session_in_grading, taken_down
from lcm_core.contracts.sessions import BindLab
from lcm_core.domain.enums import HostLossCause, LabletSessionStatus, SessionOutcome, StepStatus
from lcm_core.domain.errors import CapacityRefused, IllegalTransition, InvalidInput, RuleViolation
from lcm_core.domain.read_models.operations import MaintenanceKind
from lcm_core.domain.steering import ReconcilerName
from lcm_core.domain.values import AmiRequirement

_S = LabletSessionStatus


async def held(world: CommandWorld, worker_id: str) -> set[str]:
    return {each.session_id for each in (await world.worker(worker_id)).allocations}


async def test_a_placed_session_gets_another_worker_and_leaves_its_room(world: CommandWorld) -> None:
    one, two, definition = await two_workers(world)
    session_id = await a_session_in(world, _S.SCHEDULED, one, definition)

    assert await re_place(world, session_id, one)

    session = await world.session(session_id)
    assert (session.status, session.worker_id) == (_S.SCHEDULED, two)
    assert (await held(world, one), await held(world, two)) == (set(), {session_id})
    (decision,) = [each for each in await world.read.records.placement_decisions(session_id) if each.worker_id == two]
    assert decision.summary.endswith(f"assigned by olga: {WHY}")
    assert not await re_place(world, session_id, one), "sent twice, it is moved once"
    assert await world.audit() == []


@pytest.mark.parametrize("status", [_S.INSTANTIATING, _S.READY])
async def test_a_lab_that_a_moved_session_leaves_keeps_its_worker_from_taking_anybody(
    world: CommandWorld, status: LabletSessionStatus
) -> None:
    one, two, definition = await two_workers(world)
    session_id = await a_session_in(world, status, one, definition)

    await re_place(world, session_id)

    left = await world.worker(one)
    assert ([each.session_id for each in left.leftover_labs], left.placeable) == ([session_id], False)
    session = await world.session(session_id)
    assert (session.status, session.worker_id, session.cml_lab_id) == (_S.SCHEDULED, two, None)
    assert await world.audit() == []


async def test_news_of_an_attempt_on_the_worker_that_was_left_is_refused(world: CommandWorld) -> None:
    one, two, definition = await two_workers(world)
    session_id = await a_session_in(world, _S.INSTANTIATING, one, definition)
    await re_place(world, session_id)
    await world.instantiate(session_id)

    for news in (
        step_told(world, session_id, "import_lab", StepStatus.COMPLETED, worker_id=one),
        world.do(BindLabCommand(session_id, BindLab(cml_lab_id="lab-of-one", worker_id=one))),
    ):
        with pytest.raises(RuleViolation, match="no longer on worker"):
            await news
    assert await step_told(world, session_id, "import_lab", StepStatus.COMPLETED, worker_id=two)
    assert (await world.session(session_id)).cml_lab_id is None


async def test_who_finds_no_other_worker_stays_where_they_are_and_is_told_why(world: CommandWorld) -> None:
    await world.a_template()
    one = await world.a_ready_worker()
    await world.do(UpdateSystemSettingsCommand(FleetPolicy(max_workers_per_region=1), "the region is full"))
    session_id = await a_session_in(world, _S.SCHEDULED, one, await world.a_definition())
    before = await world.commits()

    with pytest.raises(CapacityRefused) as refused:
        await re_place(world, session_id)

    assert refused.value.facts["reason_counts"] is not None
    assert (await world.session(session_id)).worker_id == one
    assert await world.commits() == before


async def test_nobody_who_works_is_moved(world: CommandWorld) -> None:
    one, two, definition = await two_workers(world)
    session_id = await a_running_session(world, one, definition)
    for move in (re_place(world, session_id), assign(world, session_id, two)):
        with pytest.raises(IllegalTransition, match=r"from RUNNING to PENDING"):
            await move


async def test_a_session_is_put_on_the_worker_that_is_named(world: CommandWorld) -> None:
    one, two, definition = await two_workers(world)
    session_id = await a_session_in(world, _S.SCHEDULED, one, definition)

    assert await assign(world, session_id, two)
    assert not await assign(world, session_id, two), "it is there"

    assert (await world.session(session_id)).worker_id == two
    assert (await held(world, one), await held(world, two)) == (set(), {session_id})


async def test_a_worker_that_is_not_needed_yet_holds_the_room(world: CommandWorld) -> None:
    one, two, definition = await two_workers(world)
    later = world.clock.now().replace(day=2).isoformat()
    session_id = await world.a_pending_session(definition, start=later)
    other = two if (await world.session(session_id)).promised_worker_id == one else one

    await assign(world, session_id, other)

    session = await world.session(session_id)
    assert (session.status, session.promised_worker_id) == (_S.PENDING, other)
    assert await held(world, other) == {session_id}
    assert await world.audit() == []


async def test_room_that_there_is_not_cannot_be_overridden(world: CommandWorld) -> None:
    one, two, definition = await two_workers(world)
    session_id = await a_session_in(world, _S.SCHEDULED, one, definition)
    while True:
        other = await world.a_pending_session(definition)
        try:
            await world.schedule(other, two)
        except CapacityRefused:
            break

    with pytest.raises(CapacityRefused) as refused:
        await assign(world, session_id, two, override=True)

    assert (refused.value.facts["reason_code"], refused.value.facts["can_be_overridden"]) == ("capacity", False)
    assert (await world.session(session_id)).worker_id == one


async def test_the_image_may_be_overridden_and_what_was_set_aside_stands_in_the_decision(world: CommandWorld) -> None:
    _, two, _ = await two_workers(world)
    newer = await world.a_definition("newer", ami_requirement=AmiRequirement(min_version="9.0"))
    await world.a_template("modern", ami=AmiRequirement(min_version="9.0"))
    session_id = await world.a_pending_session(newer)

    with pytest.raises(CapacityRefused, match="an operator may override that"):
        await assign(world, session_id, two)
    assert await assign(world, session_id, two, override=True)

    assert (await world.session(session_id)).worker_id == two
    (row,) = await world.read.records.placement_decisions(session_id)
    decision = await world.read.records.placement_decision(row.id)
    assert (decision.worker_id, decision.candidates[0].reason_code) == (two, "ami")
    assert decision.summary.endswith(f"assigned by olga: {WHY}")


async def test_a_step_is_tried_again_as_if_it_had_never_been(world: CommandWorld) -> None:
    one, _, definition = await two_workers(world)
    session_id = await a_session_in(world, _S.INSTANTIATING, one, definition)
    await step_told(world, session_id, "import_lab")

    assert await retry(world, session_id)
    assert not await retry(world, session_id, "import_lab"), "it is to be tried already"
    assert not await step_told(world, session_id, "import_lab"), "what was under way is late"

    session = await world.session(session_id)
    (step,) = session.steps
    assert (step.status, step.attempts, step.started_at, step.error) == (StepStatus.PENDING, 0, None, None)
    assert await step_told(world, session_id, "import_lab", retries=1)
    assert session.stirred_at == world.clock.now(), "its controller looks at once"


async def test_only_a_step_that_is_not_needed_is_skipped(world: CommandWorld) -> None:
    one, _, definition = await two_workers(world)
    session_id = await a_session_in(world, _S.INSTANTIATING, one, definition)
    await step_told(world, session_id, "import_lab")
    await step_told(world, session_id, "converge", StepStatus.RUNNING, may_skip=True)

    with pytest.raises(RuleViolation, match="cannot be done without"):
        await skip(world, session_id, "import_lab")
    assert await skip(world, session_id, "converge")
    assert not await skip(world, session_id, "converge")
    assert not await step_told(world, session_id, "converge"), "what was under way is late"

    step = (await world.session(session_id)).steps[-1]
    assert (step.status, step.error) == (StepStatus.SKIPPED, f"skipped by olga: {WHY}")


async def test_steps_of_a_pipeline_that_does_not_run_are_left_alone(world: CommandWorld) -> None:
    one, _, definition = await two_workers(world)
    session_id = await a_running_session(world, one, definition)
    with pytest.raises(RuleViolation, match=r"is RUNNING\. Steps can be tried again while it is INSTANTIATING or"):
        await retry(world, session_id)


async def test_a_host_that_is_not_known_to_be_dead_is_left_only_by_somebodys_word(world: CommandWorld) -> None:
    one, two, definition = await two_workers(world)
    session_id = await a_session_in(world, _S.READY, one, definition)

    with pytest.raises(RuleViolation, match="not known to be dead"):
        await detach(world, session_id)
    assert await detach(world, session_id, declare_dead=True)

    worker, session = await world.worker(one), await world.session(session_id)
    assert worker.host_loss is not None
    assert (worker.host_loss.cause, worker.placeable) == (HostLossCause.DECLARED_DEAD, False)
    assert [each.session_id for each in worker.leftover_labs] == [session_id]
    assert (session.status, session.promised_worker_id) == (_S.PENDING, two)
    assert await world.audit() == []


async def test_whose_work_was_on_a_dead_host_ends_and_says_so(world: CommandWorld) -> None:
    one, _, definition = await two_workers(world)
    session_id = await a_running_session(world, one, definition)
    await lose(world, one)

    await detach(world, session_id)

    session = await world.session(session_id)
    assert (session.status, session.outcome) == (_S.STOPPING, SessionOutcome.FAILED)
    assert session.outcome_reason.endswith(f"detached by olga: {WHY}")
    with pytest.raises(RuleViolation, match=r"is STOPPING.*terminated instance is the proof"):
        await detach(world, session_id)


async def test_a_session_ends_clean_without_its_score(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)

    assert await skip_grading(world, session_id)
    assert not await skip_grading(world, session_id)
    await taken_down(world, session_id)

    session = await world.session(session_id)
    assert (session.status, session.outcome, session.score) == (_S.TERMINATED, SessionOutcome.COMPLETED, None)
    assert session.outcome_reason == f"grading skipped by olga: {WHY}"
    assert await world.audit() == []


async def test_grading_is_not_skipped_while_the_learner_works(world: CommandWorld) -> None:
    one, _, definition = await two_workers(world)
    session_id = await a_running_session(world, one, definition)
    with pytest.raises(IllegalTransition, match="from RUNNING to STOPPING"):
        await skip_grading(world, session_id)


async def test_who_paused_first_stands_until_it_is_resumed(world: CommandWorld) -> None:
    service = ReconcilerName.LABLETS
    assert (await world.do(PauseReconcilerCommand(service, "first"), actor="olga")).applied
    assert not (await world.do(PauseReconcilerCommand(service, "second"), actor="otto")).applied

    pause = (await world.read.reconcilers.get(service.value)).pause
    assert pause is not None
    assert (pause.by, pause.reason, pause.since) == ("olga", "first", world.clock.now())

    assert (await world.do(ResumeReconcilerCommand(service, "mended"))).applied
    assert not (await world.do(ResumeReconcilerCommand(service, "mended"))).applied
    assert (await world.read.reconcilers.get(service.value)).pause is None


async def test_one_long_work_at_a_time_and_only_on_collections_that_there_are(world: CommandWorld) -> None:
    await world.do(StartMaintenanceCommand("one", MaintenanceKind.PROJECTIONS, WHY))
    with pytest.raises(RuleViolation, match="One at a time"):
        await world.do(StartMaintenanceCommand("two", MaintenanceKind.ETCD, WHY))
    with pytest.raises(InvalidInput, match="there is no collection nonsense"):
        await world.do(StartMaintenanceCommand("three", MaintenanceKind.PROJECTIONS, WHY, collections=("nonsense",)))
