"""Whatever the order in which a session's events come, and however often: it ends in the same state."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from control_plane_api.domain.entities import GradingSession, ScoreReport
from lablet_controller.application.events.cloud_event_ingestor import LabletCloudEventIngestor
from lablet_controller.application.ports.lds import Lds, LdsProgress, LdsSessionInfo, LdsSessionRef
from lcm_core.contracts.base import InboundEventKey
from lcm_core.contracts.inbound_events import InboundEvent, InboundEventStatus
from lcm_core.contracts.sessions import (
    CollectionCompleted,
    CommandOutput,
    DeviceCollection,
    GradingSubmitted,
    MarkSessionReady,
)
from lcm_core.domain.enums import LabletSessionStatus

from .memory_plane import MemoryPlane

NOW = datetime(2030, 1, 1, 9, tzinfo=UTC)
LDS_ID, ENGINE_ID = "lds-1", "ge-1"
LONGEST_COURSE = 60
SCORE = {"score": 7, "max_score": 10, "cut_score": 6, "passed": True}


def lds_event(id: str, what: str, minutes: int, **data: Any) -> InboundEvent:
    at = NOW + timedelta(minutes=minutes)
    body = {"session_id": LDS_ID, "auth_id": MemoryPlane.session_id, f"{what}_at": at.isoformat(), **data}
    key = InboundEventKey(source="urn:lds:local", id=id, type=f"lds.session.{what}")
    return InboundEvent(key=key, time=at, data=body)


def grading_event(id: str, what: str, **data: Any) -> InboundEvent:
    at = NOW + timedelta(minutes=90)
    body = {"grading_session_id": ENGINE_ID, "external_id": MemoryPlane.session_id, **data}
    key = InboundEventKey(source="urn:grading:local", id=id, type=f"grading.session.{what}")
    return InboundEvent(key=key, time=at, data=body)


COURSE = (
    lds_event("1", "started", 0),
    lds_event("2", "paused", 10),
    lds_event("3", "resumed", 20),
    lds_event("4", "paused", 30),
    lds_event("5", "ended", 60, reason="user_finished"),
    grading_event("1", "review"),
    grading_event("2", "completed", **SCORE),
)
"""Ids repeat between the sources, as they may."""


class LdsThatKnowsAll:
    """Asked late, when everything has happened there."""

    async def find_session(self, auth_id: str, *, region: str = "") -> LdsSessionInfo:
        ref = LdsSessionRef(LDS_ID, "local")
        ended_at = NOW + timedelta(minutes=60)
        return LdsSessionInfo(ref, auth_id, "DONE", LdsProgress.ENDED, started_at=NOW, ended_at=ended_at)


class Course:
    """A session, the events on their way to it, and the steps that its reconciler takes meanwhile."""

    def __init__(self) -> None:
        self.plane = MemoryPlane(NOW)
        self.ingestor = LabletCloudEventIngestor(self.plane.client, cast(Lds, LdsThatKnowsAll()), self.plane.clock)

    async def receive(self, events: Sequence[InboundEvent]) -> None:
        await self.ingestor.receive(events)

    async def move_on(self) -> None:
        """One step of the reconciler, and what was parked for it."""
        match self.plane.session().status:
            case LabletSessionStatus.INSTANTIATING:
                await self.plane.act("mark-ready", _ready())
            case LabletSessionStatus.COLLECTING:
                await self.plane.act("collection-completed", _evidence())
                submitted = GradingSubmitted(engine_session_id=ENGINE_ID, engine_part_id="1")
                await self.plane.act("grading-submitted", submitted)
            case _:
                pass
        inbound = self.plane.client.inbound_events
        await self.ingestor.apply(await inbound.parked(self.plane.session_id), 60)

    async def come_to_rest(self) -> None:
        inbound = self.plane.client.inbound_events
        for _ in range(LONGEST_COURSE):
            if not any(record.is_open for record in self.plane.events()):
                return
            self.plane.clock.advance(30)
            await self.move_on()
            await self.ingestor.apply(await inbound.due(), 60)
        raise AssertionError(f"still open: {[record for record in self.plane.events() if record.is_open]}")

    def end(self) -> dict[str, Any]:
        """What a person would call the outcome."""
        session, delivery = self.plane.session(), self.plane.delivery().state
        [grading], [report] = self.plane.store.all(GradingSession), self.plane.store.all(ScoreReport)
        moves = [change.target for change in session.state_history]
        return {
            "session": (session.status, session.outcome, session.outcome_reason, session.score, moves),
            "delivery": (delivery.status, delivery.started_at, delivery.ended_at, delivery.end_reason),
            "grading": grading.state.status,
            "report": (report.state.score, report.state.passed),
        }


def _ready() -> MarkSessionReady:
    return MarkSessionReady(
        cml_lab_id="lab-1", lds_session_id=LDS_ID, login_url="https://lds.example/launch", devices=()
    )


def _evidence() -> CollectionCompleted:
    output = CommandOutput(command="show version", output="15.9", collected_at=NOW)
    device = DeviceCollection(node_label="r1", node_definition="iosv", outputs=(output,))
    return CollectionCompleted(devices=(device,), collected_at=NOW)


@cache
def in_order() -> dict[str, Any]:
    course = Course()

    async def run() -> dict[str, Any]:
        await course.move_on()
        for event in COURSE:
            await course.receive([event])
            await course.move_on()
        await course.come_to_rest()
        return course.end()

    return asyncio.run(run())


every_event_once_or_more = st.permutations(COURSE).flatmap(
    lambda order: st.lists(st.sampled_from(COURSE), max_size=8).map(lambda again: [*order, *again])
)
deliveries = every_event_once_or_more.flatmap(
    lambda events: st.tuples(st.permutations(events), st.lists(st.booleans(), min_size=15, max_size=15))
)


@given(deliveries)
def test_any_order_and_any_repetition_of_events_ends_in_the_same_state(
    delivery: tuple[Sequence[InboundEvent], Sequence[bool]],
) -> None:
    """*moves* says after which delivery the reconciler takes a step: late ones let events come early."""
    events, moves = delivery
    course = Course()

    async def run() -> None:
        for event, move in zip(events, moves, strict=False):
            await course.receive([event])
            if move:
                await course.move_on()
        await course.come_to_rest()

    asyncio.run(run())
    assert course.end() == in_order()
    fates = {record.status for record in course.plane.events()}
    assert fates <= {InboundEventStatus.APPLIED, InboundEventStatus.UNCHANGED}


@given(st.permutations(COURSE), st.integers(1, 7))
def test_batches_end_in_the_same_state_as_single_events(order: Sequence[InboundEvent], size: int) -> None:
    course = Course()

    async def run() -> None:
        for first in range(0, len(order), size):
            await course.receive(order[first : first + size])
        await course.come_to_rest()

    asyncio.run(run())
    assert course.end() == in_order()
