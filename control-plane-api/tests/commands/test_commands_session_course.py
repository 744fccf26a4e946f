"""The course of a session, from booking to its score: duplicates, delays and disorder included."""

from __future__ import annotations

import asyncio

import pytest

from control_plane_api.application.commands.lablet_session.grading_failed_command import GradingFailedCommand
from control_plane_api.application.commands.lablet_session.start_collection_command import StartCollectionCommand
from control_plane_api.testing.command_world import CommandWorld, an_event
from control_plane_api.testing.session_steps import (
    a_ready_session,
    a_running_session,
    a_session_in_grading,
    learner_ended,
    learner_started,
    scored,
    submitted,
    taken_down,
)
from lcm_core.contracts.sessions import (
    GradingFailed,
    StartCollection,
)
from lcm_core.domain.enums import (
    GradingSessionStatus,
    LabletSessionStatus,
    ReservationStatus,
    SessionOutcome,
    UserSessionStatus,
)
from lcm_core.domain.errors import Conflict, IllegalTransition, RuleViolation
from lcm_core.domain.observed_resources import ObservedResources

_S = LabletSessionStatus


async def test_a_booking_runs_from_reservation_to_score_and_leaves_nothing_held(world: CommandWorld) -> None:
    session_id, worker_id = await a_session_in_grading(world)
    await scored(world, session_id)
    await taken_down(world, session_id)

    session = await world.session(session_id)
    assert [change.target for change in session.state_history] == list(_S)
    assert (session.outcome, session.score, session.passed) == (SessionOutcome.COMPLETED, 8, True)
    assert (session.lab_gone, session.capacity_released, session.lds_archived) == (True, True, True)
    assert (await world.worker(worker_id)).allocations == ()
    reservation = await world.read.reservations.get(session.reservation_id)
    assert reservation.status is ReservationStatus.COMPLETED
    assert (await world.read.user_sessions.get(session.user_session_id or "")).status is UserSessionStatus.ENDED
    assert await world.audit() == []


async def test_the_user_session_comes_with_ready_or_not_at_all(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)

    session = await world.session(session_id)
    delivery = await world.read.user_sessions.get(session.user_session_id or "")
    assert (session.status, session.lds_session_id) == (_S.READY, "lds-1")
    assert (delivery.status, delivery.lablet_session_id) == (UserSessionStatus.PROVISIONED, session_id)


async def test_one_delivery_session_serves_one_session(world: CommandWorld) -> None:
    await a_ready_session(world)
    worker_id = await world.a_ready_worker("other")
    other = await world.a_pending_session(await world.a_definition("other"))
    await world.schedule(other, worker_id)
    await world.instantiate(other)

    with pytest.raises(Conflict, match="belongs to session"):
        await world.mark_ready(other, "lds-1")


async def test_the_same_event_twice_changes_once(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)
    await learner_started(world, session_id, an_event("e-1"))
    before = await world.commits()

    answer = await learner_started(world, session_id, an_event("e-1"))

    assert (answer.applied, answer.why) == (False, "duplicate")
    assert await world.commits() == before


async def test_a_late_event_changes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await learner_ended(world, session_id)
    before = await world.commits()

    login, end = (
        await learner_started(world, session_id, an_event("a")),
        await learner_ended(world, session_id, an_event("b")),
    )

    assert [login.why, end.why] == ["late", "late"]
    assert await world.commits() == before


async def test_news_of_another_delivery_session_changes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)

    answer = await learner_started(world, session_id, lds="lds-of-somebody-else")

    assert (answer.applied, answer.why) == (False, "unknown")


async def test_a_login_before_ready_must_come_again(world: CommandWorld) -> None:
    await world.a_template()
    worker_id = await world.a_ready_worker()
    session_id = await world.a_pending_session(await world.a_definition())
    await world.schedule(session_id, worker_id)
    await world.instantiate(session_id)

    with pytest.raises(IllegalTransition, match="INSTANTIATING to RUNNING"):
        await learner_started(world, session_id, an_event("early"))
    await world.mark_ready(session_id)

    assert (await learner_started(world, session_id, an_event("early"))).applied


async def test_an_end_without_a_login_counts_as_both(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)

    await learner_ended(world, session_id, an_event("end"))

    session = await world.session(session_id)
    assert [change.target for change in session.state_history][-2:] == [_S.RUNNING, _S.COLLECTING]
    assert (await world.read.user_sessions.get(session.user_session_id or "")).started_at == world.clock.now()


async def test_without_grading_the_end_leads_to_stopping(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world, grading_enabled=False)

    await learner_ended(world, session_id)

    session = await world.session(session_id)
    assert (session.status, session.outcome) == (_S.STOPPING, SessionOutcome.COMPLETED)
    assert session.grading_session_id is None


async def test_without_grading_what_is_collected_is_kept_all_the_same(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world, grading_enabled=False)
    await world.do(StartCollectionCommand(session_id, StartCollection(reason="operator")))

    await world.collected(session_id, "r1")

    assert (await world.session(session_id)).status is _S.STOPPING
    assert len(await world.read.records.evidence(session_id)) == 1


async def test_partial_evidence_is_graded_and_the_missing_devices_named(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await world.do(StartCollectionCommand(session_id, StartCollection(reason="timeslot_end")))

    await world.collected(session_id, "r1", failed=["r2"])

    session = await world.session(session_id)
    grading = await world.read.grading_sessions.get(session.grading_session_id or "")
    assert (session.status, grading.device_count, grading.devices_missing) == (_S.GRADING, 1, ("r2",))
    delivery = await world.read.user_sessions.get(session.user_session_id or "")
    assert delivery.status is UserSessionStatus.EXPIRED


async def test_what_the_lab_used_is_kept_with_its_session_and_late_word_changes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await world.do(StartCollectionCommand(session_id, StartCollection(reason="timeslot_end")))
    observed = ObservedResources(
        observed_at=world.clock.now(),
        nodes=2,
        running_nodes=2,
        cpu_cores=2,
        memory_gb=1.5,
        storage_gb=32,
        cpu_percent=12.5,
        ports=(2000, 2001),
    )

    await world.collected(session_id, "r1", observed=observed)
    late = await world.collected(session_id, "r1", observed=observed.model_copy(update={"nodes": 9}))

    assert (await world.session(session_id)).observed == observed
    assert not late.applied
    assert await world.audit() == []


async def test_when_nothing_could_be_read_the_session_ends_clean_and_says_so(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await learner_ended(world, session_id)

    await world.collected(session_id, failed=["r1", "r2"])

    session = await world.session(session_id)
    assert (session.status, session.outcome) == (_S.STOPPING, SessionOutcome.FAILED)
    assert session.outcome_reason == "nothing could be collected"
    grading = await world.read.grading_sessions.get(session.grading_session_id or "")
    assert grading.status is GradingSessionStatus.FAULTED


async def test_a_score_that_overtakes_the_submission_is_taken(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await learner_ended(world, session_id)
    await world.collected(session_id, "r1", "r2")

    await scored(world, session_id)
    late = await submitted(world, session_id)

    session = await world.session(session_id)
    grading = await world.read.grading_sessions.get(session.grading_session_id or "")
    assert (late.why, session.status, grading.status) == ("late", _S.STOPPING, GradingSessionStatus.SUBMITTED)


async def test_the_first_score_stands(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    await scored(world, session_id, 8)

    again = await scored(world, session_id, 2, event=an_event("second"))

    assert (again.applied, again.why) == (False, "late")
    assert (await world.session(session_id)).score == 8
    assert [report["score"] for report in await world.documents("score_reports")] == [8.0]


async def test_a_score_after_the_session_went_on_is_stored(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    await world.do(GradingFailedCommand(session_id, GradingFailed(error="timed out")))
    await taken_down(world, session_id)

    assert (await scored(world, session_id)).applied

    session = await world.session(session_id)
    assert (session.status, session.score, session.outcome) == (_S.TERMINATED, 8, SessionOutcome.FAILED)
    assert len(await world.documents("score_reports")) == 1


async def test_the_score_of_another_grading_is_refused(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)

    with pytest.raises(Conflict, match="graded as 'ge-1'"):
        await scored(world, session_id, engine="ge-2")


async def test_a_score_for_what_was_never_submitted_is_refused(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)

    with pytest.raises(RuleViolation, match="nothing of it was given to grading"):
        await scored(world, session_id)


async def test_the_same_event_ten_times_at_once_changes_once(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)

    answers = await asyncio.gather(*(learner_started(world, session_id, an_event("e-1")) for _ in range(10)))

    assert sorted(answer.why for answer in answers) == ["", *["duplicate"] * 9]
    assert len(await world.documents("inbound_events")) == 1
