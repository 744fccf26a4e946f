"""Collected and graded more than once: what is kept, what is present, and what is refused."""

from __future__ import annotations

import pytest

from control_plane_api.application.commands.lablet_session.collect_and_grade_command import CollectAndGradeCommand
from control_plane_api.application.commands.lablet_session.collection_completed_command import (
    CollectionCompletedCommand,
)
from control_plane_api.application.commands.lablet_session.grading_completed_command import GradingCompletedCommand
from control_plane_api.application.commands.lablet_session.grading_failed_command import GradingFailedCommand
from control_plane_api.application.commands.lablet_session.grading_submitted_command import GradingSubmittedCommand
from control_plane_api.application.commands.lablet_session.recollect_lablet_session_command import (
    RecollectLabletSessionCommand,
)
from control_plane_api.application.commands.lablet_session.regrade_lablet_session_command import (
    RegradeLabletSessionCommand,
)
from control_plane_api.application.queries.list_live_sessions_query import (
    ListLiveSessionsQuery,
    ListLiveSessionsQueryHandler,
)
from control_plane_api.application.queries.list_score_reports_query import (
    ListScoreReportsQuery,
    ListScoreReportsQueryHandler,
)
from control_plane_api.testing.command_world import CommandWorld, an_event
from control_plane_api.testing.session_steps import (
    a_running_session,
    a_session_in_grading,
    learner_ended,
    scored,
    taken_down,
)
from lcm_core.contracts.base import Applied
from lcm_core.contracts.sessions import CollectionCompleted, GradingCompleted, GradingFailed, GradingSubmitted
from lcm_core.domain.enums import GradingSessionStatus, LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import Conflict, IllegalTransition, RuleViolation

_S = LabletSessionStatus
WHY = "the rules had a mistake"


async def an_ended_session(world: CommandWorld, score: float = 4) -> str:
    session_id, _ = await a_session_in_grading(world)
    await scored(world, session_id, score)
    await taken_down(world, session_id)
    return session_id


async def regrade(world: CommandWorld, session_id: str) -> Applied:
    return await world.do(RegradeLabletSessionCommand(session_id, WHY), actor="olga")


async def submitted_as(world: CommandWorld, session_id: str, part: str) -> None:
    request = GradingSubmitted(engine_session_id="ge-1", engine_part_id=part)
    await world.do(GradingSubmittedCommand(session_id, request))


async def scored_as(world: CommandWorld, session_id: str, part: str | None, score: float, id: str = "e") -> Applied:
    request = GradingCompleted(
        engine_session_id="ge-1",
        engine_part_id=part,
        score=score,
        max_score=10,
        cut_score=6,
        passed=score >= 6,
        submitted_at=world.clock.now(),
        event=an_event(f"{id}-{part}", "grading.session.completed", "ge"),
    )
    return await world.do(GradingCompletedCommand(session_id, request))


async def scores(world: CommandWorld, session_id: str) -> list[tuple[int, float, bool, str]]:
    found = await ListScoreReportsQueryHandler(world.read.sessions, world.read.score_reports).handle(
        ListScoreReportsQuery(session_id)
    )
    return [(each.report.attempt, each.report.score, each.present, each.report.reason) for each in found]


async def live(world: CommandWorld) -> list[str]:
    handler = ListLiveSessionsQueryHandler(world.read.sessions, world.read.workers)
    return [session.id for session in await handler.handle(ListLiveSessionsQuery())]


async def test_a_session_that_ended_is_graded_again_and_its_first_score_kept(world: CommandWorld) -> None:
    session_id = await an_ended_session(world)

    await regrade(world, session_id)
    assert await live(world) == [session_id], "its controller must come to know of it"
    await submitted_as(world, session_id, "2")
    await scored_as(world, session_id, "2", 9)

    session = await world.session(session_id)
    assert (session.status, session.score, session.passed, session.regrading) == (_S.TERMINATED, 9, True, None)
    assert await scores(world, session_id) == [(2, 9, True, WHY), (1, 4, False, "")]
    assert await live(world) == []
    assert await world.audit() == []


async def test_who_asked_for_it_and_why_stands_in_the_log(world: CommandWorld) -> None:
    session_id = await an_ended_session(world)
    await regrade(world, session_id)
    regrading = (await world.session(session_id)).regrading
    assert regrading is not None
    assert (regrading.requested_by, regrading.reason, regrading.attempt) == ("olga", WHY, 2)


async def test_a_regrade_without_result_leaves_the_score_before_it(world: CommandWorld) -> None:
    session_id = await an_ended_session(world)
    await regrade(world, session_id)

    await world.do(GradingFailedCommand(session_id, GradingFailed(error="engine away")))

    session = await world.session(session_id)
    assert (session.score, session.regrading, session.outcome) == (4, None, SessionOutcome.COMPLETED)
    grading = await world.read.grading_sessions.get(session.grading_session_id or "")
    assert (grading.attempt, grading.status, grading.error) == (2, GradingSessionStatus.FAULTED, "engine away")
    assert await scores(world, session_id) == [(1, 4, True, "")]


async def test_news_of_an_attempt_that_was_superseded_changes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    await regrade(world, session_id)
    early = await scored_as(world, session_id, "1", 3, "early")
    await submitted_as(world, session_id, "2")

    late = await scored_as(world, session_id, "1", 3)
    unclear = await scored_as(world, session_id, None, 3)
    failed = await world.do(
        GradingFailedCommand(session_id, GradingFailed(engine_session_id="ge-1", engine_part_id="1", error="x"))
    )

    assert [early.why, late.why, unclear.why, failed.why] == ["late"] * 4
    assert (await world.session(session_id)).status is _S.GRADING
    await scored_as(world, session_id, "2", 9)
    assert await scores(world, session_id) == [(2, 9, True, WHY)]


async def test_reports_about_the_attempt_before_neither_name_nor_end_the_present_one(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    await regrade(world, session_id)

    late = GradingSubmitted(engine_session_id="ge-1", engine_part_id="1", attempt=1)
    named = await world.do(GradingSubmittedCommand(session_id, late))
    ended = await world.do(GradingFailedCommand(session_id, GradingFailed(error="no answer", attempt=1)))
    await submitted_as(world, session_id, "2")
    scored_now = await scored_as(world, session_id, "2", 5)

    assert (named.applied, ended.applied, scored_now.applied) == (False, False, True)
    assert (await world.session(session_id)).score == 5


async def test_an_earlier_collection_told_again_is_not_the_present_one(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    (first,) = await world.documents("evidence")
    again = CollectionCompleted.model_validate(
        {"devices": first["devices"], "collected_at": first["collected_at"], "collection": 1}
    )
    await world.do(RecollectLabletSessionCommand(session_id, WHY))

    answer = await world.do(CollectionCompletedCommand(session_id, again))

    assert not answer.applied
    assert (await world.session(session_id)).status is _S.COLLECTING


async def test_the_same_score_told_twice_is_one_report(world: CommandWorld) -> None:
    session_id = await an_ended_session(world)
    await regrade(world, session_id)
    await submitted_as(world, session_id, "2")
    await scored_as(world, session_id, "2", 9, "once")

    again = await scored_as(world, session_id, "2", 1, "twice")

    assert again.why == "late"
    assert await scores(world, session_id) == [(2, 9, True, WHY), (1, 4, False, "")]


async def test_the_score_of_somebody_elses_grading_is_refused_at_any_attempt(world: CommandWorld) -> None:
    session_id = await an_ended_session(world)
    await regrade(world, session_id)
    await submitted_as(world, session_id, "2")
    with pytest.raises(Conflict, match="graded as 'ge-1'"):
        await scored(world, session_id, engine="ge-2")


async def test_an_impossible_score_is_no_score() -> None:
    with pytest.raises(ValueError, match="more than the 10"):
        GradingCompleted.model_validate(
            {"engine_session_id": "g", "score": 11, "max_score": 10, "cut_score": 6, "passed": True, "submitted_at": 0}
        )


async def test_what_is_being_graded_again_is_not_asked_for_twice(world: CommandWorld) -> None:
    session_id = await an_ended_session(world)
    await regrade(world, session_id)
    with pytest.raises(RuleViolation, match=r"asked for already, .* by olga"):
        await regrade(world, session_id)


async def test_what_was_never_collected_is_not_graded(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    with pytest.raises(RuleViolation, match="nothing of it was collected"):
        await regrade(world, session_id)


async def test_devices_are_read_again_while_the_lab_lives_and_both_collections_are_kept(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    first = (await world.session(session_id)).evidence_sha256

    await world.do(RecollectLabletSessionCommand(session_id, WHY))
    assert (await world.session(session_id)).status is _S.COLLECTING
    await world.collected(session_id, "r1", "r2", "r3")
    await submitted_as(world, session_id, "2")
    await scored_as(world, session_id, "2", 9)

    session = await world.session(session_id)
    assert (session.status, session.collection, session.grading_attempt) == (_S.STOPPING, 2, 2)
    assert session.evidence_sha256 != first
    kept = [len(await world.read.records.evidence(session_id, number)) for number in (1, 2)]
    assert kept == [2, 3]
    assert await world.audit() == []


async def test_a_second_collection_that_brings_nothing_does_not_cost_the_first(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    first = (await world.session(session_id)).evidence_sha256
    await world.do(RecollectLabletSessionCommand(session_id, WHY))

    await world.collected(session_id, failed=["r1", "r2"])

    session = await world.session(session_id)
    assert (session.status, session.collection, session.evidence_sha256) == (_S.GRADING, 1, first)
    assert len(await world.read.records.evidence(session_id, session.collection)) == 2


async def test_where_no_lab_lives_reading_it_again_is_refused_with_what_to_do_instead(world: CommandWorld) -> None:
    ended = await an_ended_session(world)
    with pytest.raises(RuleViolation, match="does not live any more; grade what was collected again"):
        await world.do(RecollectLabletSessionCommand(ended, WHY))


async def test_a_learner_who_still_works_is_not_read_again(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    with pytest.raises(RuleViolation, match="collect and grade it instead"):
        await world.do(RecollectLabletSessionCommand(session_id, WHY))


async def test_an_operator_ends_the_work_of_a_running_session_and_of_no_other(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await world.do(CollectAndGradeCommand(session_id, WHY))
    session = await world.session(session_id)
    assert (session.status, session.state_history[-1].reason) == (_S.COLLECTING, WHY)
    await learner_ended(world, session_id)
    with pytest.raises(IllegalTransition, match="COLLECTING to COLLECTING"):
        await world.do(CollectAndGradeCommand(session_id, WHY))
