"""Inbound events on record: kept once, settled once, applied with the change that they make."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from control_plane_api.application.commands.inbound_event.keep_inbound_events_command import KeepInboundEventsCommand
from control_plane_api.application.commands.inbound_event.replay_inbound_event_command import ReplayInboundEventCommand
from control_plane_api.application.commands.inbound_event.settle_inbound_events_command import (
    SettleInboundEventsCommand,
)
from control_plane_api.application.commands.lablet_session.grading_failed_command import GradingFailedCommand
from control_plane_api.application.commands.lablet_session.grading_review_requested_command import (
    GradingReviewRequestedCommand,
)
from control_plane_api.application.paging import PageRequest
from control_plane_api.application.queries.list_dead_letters_query import (
    ListDeadLettersQuery,
    ListDeadLettersQueryHandler,
)
from control_plane_api.application.queries.list_inbound_events_query import InboundEventFilter
from control_plane_api.testing.command_world import CommandWorld, an_event
from control_plane_api.testing.session_steps import a_ready_session, learner_ended, learner_started
from lcm_core.contracts.base import Applied
from lcm_core.contracts.inbound_events import (
    MOST_PARKED_PER_SESSION,
    InboundEvent,
    InboundEventRecord,
    InboundEventStatus,
    InboundVerdict,
    KeepInboundEvents,
    SettleInboundEvents,
)
from lcm_core.contracts.sessions import GradingFailed, GradingReviewRequested
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.errors import Conflict, RuleViolation
from lcm_core.domain.json_form import instant_text

S = InboundEventStatus


async def keep(world: CommandWorld, *ids: str, data: Any = None) -> list[InboundEventRecord]:
    events = tuple(InboundEvent(key=an_event(id), data=data) for id in ids)
    request = KeepInboundEvents(events=events, sender="lds-1", first_look_seconds=10, give_up_seconds=600)
    return await world.do(KeepInboundEventsCommand(request))


async def settle(world: CommandWorld, id: str, status: S, **more: Any) -> Applied:
    verdict = InboundVerdict(id=id, status=status, **more)
    return await world.do(SettleInboundEventsCommand(SettleInboundEvents(verdicts=(verdict,))))


async def due(world: CommandWorld) -> list[str]:
    return [each.event_id for each in await world.read.inbound_events.due(instant_text(world.clock.now()), 100)]


async def test_a_request_is_kept_whole_and_each_event_once(world: CommandWorld) -> None:
    first = await keep(world, "e-1", "e-2", "e-1")
    again = await keep(world, "e-2", "e-3")
    assert [each.event_id for each in first] == ["e-1", "e-2", "e-1"]
    assert {each.status for each in (*first, *again)} == {S.RECEIVED}
    assert len(await world.documents("inbound_events")) == 3


async def test_two_deliveries_at_the_same_instant_are_one_record(world: CommandWorld) -> None:
    answers = await asyncio.gather(*(keep(world, "e-1", f"only-{number}") for number in range(5)))
    assert {records[0].id for records in answers} == {answers[0][0].id}
    assert len(await world.documents("inbound_events")) == 6


@pytest.mark.parametrize(
    "data",
    [{"$set": {"a.b": 1}}, {"n": 2**80}, [None, 1.5, {"": []}], "text", {"nul": "\x00"}],
    ids=["operators", "large number", "list", "text", "nul"],
)
async def test_data_comes_back_as_it_was_sent_whatever_it_is(world: CommandWorld, data: Any) -> None:
    [record] = await keep(world, "e-1", data=data)
    assert (await world.read.inbound_events.get(record.id)).data == data


async def test_what_nobody_applied_is_due_and_what_is_settled_is_not(world: CommandWorld) -> None:
    early, ignored = await keep(world, "e-1", "e-2")
    assert await due(world) == []
    world.later(seconds=10)
    assert sorted(await due(world)) == ["e-1", "e-2"]
    await settle(world, early.id, S.PARKED, session_id="s", reason="early", retry_seconds=60)
    await settle(world, ignored.id, S.IGNORED, reason="unknown session")
    assert await due(world) == []
    assert [each.event_id for each in await world.read.inbound_events.parked("s")] == ["e-1"]
    world.later(seconds=60)
    assert await due(world) == ["e-1"]


async def test_an_applied_event_is_settled_in_the_commit_of_its_change(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)
    [record] = await keep(world, "e-1")
    await learner_started(world, session_id, an_event("e-1"))
    applied = await world.read.inbound_events.get(record.id)
    assert (applied.status, applied.session_id, applied.due_at) == (S.APPLIED, session_id, None)
    world.later(minutes=1)
    assert await due(world) == []


async def test_what_was_applied_stays_applied_whatever_is_said_of_it_later(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)
    [record] = await keep(world, "e-1")
    await learner_started(world, session_id, an_event("e-1"))
    for status in (S.PARKED, S.DEAD_LETTERED, S.IGNORED):
        await settle(world, record.id, status, reason="late word")
    assert (await world.read.inbound_events.get(record.id)).status is S.APPLIED
    with pytest.raises(Conflict, match="applied at"):
        await world.do(ReplayInboundEventCommand(record.id))
    assert (await learner_started(world, session_id, an_event("e-1"))).why == "duplicate"


async def test_a_replay_makes_it_due_and_says_who_wanted_it(world: CommandWorld) -> None:
    [record] = await keep(world, "e-1")
    await settle(world, record.id, S.DEAD_LETTERED, reason="no such session")
    await world.do(ReplayInboundEventCommand(record.id), actor="olga")
    again = await world.read.inbound_events.get(record.id)
    assert (again.status, again.attempts, [each.by for each in again.replays]) == (S.RECEIVED, 0, ["olga"])
    assert await due(world) == ["e-1"]
    assert (await world.do(ReplayInboundEventCommand(record.id))).applied is False


async def test_only_so_many_events_wait_for_one_session(world: CommandWorld) -> None:
    records = await keep(world, *(f"e-{number}" for number in range(MOST_PARKED_PER_SESSION + 2)))
    verdicts = tuple(InboundVerdict(id=each.id, status=S.PARKED, session_id="s", reason="early") for each in records)
    await world.do(SettleInboundEventsCommand(SettleInboundEvents(verdicts=verdicts)))
    assert len(await world.read.inbound_events.parked("s")) == MOST_PARKED_PER_SESSION
    dead = await world.read.inbound_events.page(InboundEventFilter(status=S.DEAD_LETTERED), PageRequest())
    assert [each.reason for each in dead.rows] == ["50 events wait for session s already; early"] * 2


async def test_dead_letters_are_told_with_reason_and_data(world: CommandWorld) -> None:
    [record] = await keep(world, "e-1", data=[1])
    await settle(world, record.id, S.DEAD_LETTERED, reason="its data is not valid")
    found = await ListDeadLettersQueryHandler(world.read.inbound_events).handle(ListDeadLettersQuery(PageRequest()))
    assert [(each.id, each.reason, each.data) for each in found.rows] == [
        ("e-1", "its data is not valid", {"value": [1]})
    ]


async def test_an_event_that_was_applied_before_such_records_were_kept_counts_as_applied(world: CommandWorld) -> None:
    session_id, _ = await a_ready_session(world)
    await learner_started(world, session_id, an_event("e-1"))
    fields = {"status": "", "received_at": "", "received_on": "", "revision": ""}
    await world.db["inbound_events"].update_one({"id": "e-1"}, {"$unset": fields})
    [record] = await keep(world, "e-1")
    assert record.status is S.APPLIED
    assert (await learner_started(world, session_id, an_event("e-1"))).why == "duplicate"


@pytest.mark.parametrize("news", ["review", "failed"])
async def test_news_of_a_grading_before_the_evidence_is_in_does_not_shut_the_way_for_it(
    world: CommandWorld, news: str
) -> None:
    session_id, _ = await a_ready_session(world)
    await learner_started(world, session_id)
    await learner_ended(world, session_id)
    told = an_event("g-1", f"grading.session.{news}")
    review = GradingReviewRequestedCommand(session_id, GradingReviewRequested(engine_session_id="ge-1", event=told))
    failed = GradingFailedCommand(session_id, GradingFailed(engine_session_id="ge-1", error="no rules", event=told))
    with pytest.raises(RuleViolation, match="COLLECTING; nothing of it was submitted"):
        await world.do(review if news == "review" else failed)
    await world.collected(session_id, "r1", "r2")
    assert (await world.session(session_id)).status is LabletSessionStatus.GRADING
