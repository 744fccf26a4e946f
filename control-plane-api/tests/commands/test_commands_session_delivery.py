"""What is told between login and score, in any order: pauses and faults of the delivery, reviews of the grading."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from control_plane_api.application.commands.lablet_session.grading_failed_command import GradingFailedCommand
from control_plane_api.application.commands.lablet_session.grading_review_requested_command import (
    GradingReviewRequestedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_faulted_command import (
    HandleSessionFaultedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_paused_command import (
    HandleSessionPausedCommand,
)
from control_plane_api.application.commands.lablet_session.handle_session_resumed_command import (
    HandleSessionResumedCommand,
)
from control_plane_api.testing.command_world import CommandWorld, an_event
from control_plane_api.testing.session_steps import (
    a_ready_session,
    a_running_session,
    a_session_in_grading,
    learner_ended,
    scored,
)
from lcm_core.contracts.base import Applied, InboundEventKey
from lcm_core.contracts.sessions import (
    GradingFailed,
    GradingReviewRequested,
    SessionFaulted,
    SessionPaused,
    SessionResumed,
)
from lcm_core.domain.enums import GradingSessionStatus, LabletSessionStatus, SessionOutcome, UserSessionStatus
from lcm_core.domain.errors import Conflict, IllegalTransition, RuleViolation
from lcm_core.domain.read_models import GradingSessionReadModel, UserSessionReadModel

_S, _U, _G = LabletSessionStatus, UserSessionStatus, GradingSessionStatus


async def paused(
    world: CommandWorld, session_id: str, minute: int, event: InboundEventKey | None = None, lds: str = "lds-1"
) -> Applied:
    at = world.clock.now() + timedelta(minutes=minute)
    request = SessionPaused(lds_session_id=lds, paused_at=at, event=event)
    return await world.do(HandleSessionPausedCommand(session_id, request))


async def resumed(
    world: CommandWorld, session_id: str, minute: int, event: InboundEventKey | None = None, lds: str = "lds-1"
) -> Applied:
    at = world.clock.now() + timedelta(minutes=minute)
    request = SessionResumed(lds_session_id=lds, resumed_at=at, event=event)
    return await world.do(HandleSessionResumedCommand(session_id, request))


async def faulted(
    world: CommandWorld, session_id: str, event: InboundEventKey | None = None, lds: str = "lds-1"
) -> Applied:
    request = SessionFaulted(lds_session_id=lds, faulted_at=world.clock.now(), error="disk full", event=event)
    return await world.do(HandleSessionFaultedCommand(session_id, request))


async def review(
    world: CommandWorld, session_id: str, engine: str = "ge-1", event: InboundEventKey | None = None
) -> Applied:
    request = GradingReviewRequested(engine_session_id=engine, event=event)
    return await world.do(GradingReviewRequestedCommand(session_id, request))


async def delivery_of(world: CommandWorld, session_id: str) -> UserSessionReadModel:
    return await world.read.user_sessions.get((await world.session(session_id)).user_session_id or "")


async def grading_of(world: CommandWorld, session_id: str) -> GradingSessionReadModel:
    return await world.read.grading_sessions.get((await world.session(session_id)).grading_session_id or "")


async def test_a_pause_stops_the_delivery_and_not_the_session(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)

    assert (await paused(world, session_id, 1)).applied
    assert (await delivery_of(world, session_id)).status is _U.PAUSED
    assert (await resumed(world, session_id, 2)).applied

    assert (await delivery_of(world, session_id)).status is _U.ACTIVE
    assert (await world.session(session_id)).status is _S.RUNNING
    assert await world.audit() == []


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ("r2 p1", _U.ACTIVE),
        ("p3 r2 p1", _U.PAUSED),
        ("p1 p3 r2", _U.PAUSED),
        ("r4 p3 r2 p1", _U.ACTIVE),
        ("p1 p1 r2 r2", _U.ACTIVE),
    ],
)
async def test_whatever_the_order_of_pauses_the_last_one_counts(
    world: CommandWorld, order: str, status: UserSessionStatus
) -> None:
    session_id, _ = await a_running_session(world)

    for number, told in enumerate(order.split()):
        tell = paused if told[0] == "p" else resumed
        await tell(world, session_id, int(told[1]), an_event(f"e-{number}"))

    assert (await delivery_of(world, session_id)).status is status
    assert await world.audit() == []


async def test_news_of_a_delivery_told_twice_changes_once(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await paused(world, session_id, 1, an_event("paused"))
    await resumed(world, session_id, 2, an_event("resumed"))
    await faulted(world, session_id, an_event("fault"))
    before = await world.commits()

    answers = [
        await paused(world, session_id, 1, an_event("paused")),
        await resumed(world, session_id, 2, an_event("resumed")),
        await faulted(world, session_id, an_event("fault")),
    ]

    assert [(answer.applied, answer.why) for answer in answers] == [(False, "duplicate")] * 3
    assert await world.commits() == before


async def test_news_of_a_delivery_that_is_over_is_late(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await learner_ended(world, session_id)

    answers = [
        await paused(world, session_id, 1),
        await resumed(world, session_id, 2),
        await faulted(world, session_id),
    ]

    assert [answer.why for answer in answers] == ["late"] * 3
    assert (await delivery_of(world, session_id)).status is _U.ENDED


async def test_news_of_somebody_elses_delivery_is_unknown(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)

    answers = [
        await paused(world, session_id, 1, lds="other"),
        await resumed(world, session_id, 2, lds="other"),
        await faulted(world, session_id, lds="other"),
    ]

    assert [answer.why for answer in answers] == ["unknown"] * 3


@pytest.mark.parametrize("tell", [paused, resumed])
async def test_a_pause_before_the_login_is_refused(world: CommandWorld, tell: Any) -> None:
    session_id, _ = await a_ready_session(world)

    with pytest.raises(IllegalTransition, match="PROVISIONED to PAUSED"):
        await tell(world, session_id, 1)


async def test_what_was_done_before_a_fault_is_collected_and_graded(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)
    await paused(world, session_id, 1)

    assert (await faulted(world, session_id)).applied

    delivery = await delivery_of(world, session_id)
    assert (await world.session(session_id)).status is _S.COLLECTING
    assert (delivery.status, delivery.end_reason) == (_U.FAULTED, "disk full")


async def test_a_fault_before_anybody_came_ends_the_session_as_failed(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)

    await faulted(world, session_id)

    session = await world.session(session_id)
    assert (session.status, session.outcome) == (_S.STOPPING, SessionOutcome.FAILED)
    assert session.outcome_reason == "delivery failed: disk full"


async def test_a_review_comes_before_the_score_and_keeps_the_session_waiting(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)

    assert (await review(world, session_id)).applied
    assert (await grading_of(world, session_id)).status is _G.REVIEWING
    assert (await world.session(session_id)).status is _S.GRADING
    await scored(world, session_id)

    assert (await grading_of(world, session_id)).status is _G.SUBMITTED
    assert (await review(world, session_id, event=an_event("late"))).why == "late"


async def test_a_review_told_again_changes_nothing(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    await review(world, session_id, event=an_event("r"))

    assert (await review(world, session_id, event=an_event("r"))).why == "duplicate"
    assert (await review(world, session_id, event=an_event("another"))).why == "late"


async def test_a_review_may_fail(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)
    await review(world, session_id)

    await world.do(GradingFailedCommand(session_id, GradingFailed(error="not the learner's own work")))

    assert (await grading_of(world, session_id)).status is _G.FAULTED
    assert (await world.session(session_id)).status is _S.STOPPING


async def test_a_review_of_something_else_is_refused(world: CommandWorld) -> None:
    session_id, _ = await a_session_in_grading(world)

    with pytest.raises(Conflict, match="graded as 'ge-1'"):
        await review(world, session_id, engine="ge-2")


async def test_a_review_of_what_was_never_submitted_is_refused(world: CommandWorld) -> None:
    session_id, _ = await a_running_session(world)

    with pytest.raises(RuleViolation, match="nothing of it was given to grading"):
        await review(world, session_id)
