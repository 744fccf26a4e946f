"""What is counted of promises: each fate once, and the last word only when it is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from control_plane_api.application.services.promise_measures import what_became
from control_plane_api.domain.entities import LabletSession
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.testing.builders import a_session
from control_plane_api.testing.memory_store import MemoryStore
from lcm_core.application.context import CommandContext
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.commit import stream_id
from lcm_core.domain.enums import SessionOutcome

BOOKED = datetime(2030, 1, 1, tzinfo=UTC)


class Told:
    """One session, and what was counted of its commits."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.counted: Counter[str] = Counter()
        self.at = BOOKED

    async def book(self) -> None:
        async def book(uow: UnitOfWork, ctx: CommandContext) -> None:
            uow.add(a_session(id="s", stamp=Stamp(at=self.at, by=ctx.actor)))

        await self._run(book)

    async def does(self, step: str, *args: Any, **named: Any) -> None:
        async def do(uow: UnitOfWork, ctx: CommandContext) -> None:
            session = await uow.load(LabletSession, "s")
            getattr(session, step)(*args, stamp=Stamp(at=self.at, by=ctx.actor), **named)

        await self._run(do)

    async def _run(self, work: Callable[[UnitOfWork, CommandContext], Awaitable[None]]) -> None:
        ctx = CommandContext(actor="somebody", correlation_id="c", at=self.at)
        _, commits = await self.store.run_here(ctx, work)
        documents = [self.store.documents[stream_id(each.kind, each.aggregate_id)] for each in commits]
        self.counted += what_became(commits, documents)

    async def comes_to_a_lab(self, after_start: timedelta) -> None:
        await self.does("schedule", "w", (), "d")
        await self.does("start_instantiation")
        self.at = self.store.get(LabletSession, "s").state.timeslot.start + after_start
        await self.does("mark_ready", "lab", "us", "lds", "u")


@pytest.fixture
async def told() -> Told:
    session = Told()
    await session.book()
    return session


async def test_it_is_kept_when_the_lab_is_ready_at_its_start_or_five_minutes_after(told: Told) -> None:
    await told.comes_to_a_lab(timedelta(minutes=5))
    assert told.counted == {"placed": 1, "kept": 1}


async def test_later_than_that_it_is_late_whoever_took_it(told: Told) -> None:
    await told.does("promise_at_risk", "w-late", "not up")
    await told.does("promise_moved", "w-other", "not up")
    await told.comes_to_a_lab(timedelta(minutes=5, seconds=1))
    assert told.counted == {"at_risk": 1, "moved": 1, "placed": 1, "late": 1}


@pytest.mark.parametrize("outcome", [SessionOutcome.EXPIRED, SessionOutcome.FAILED])
async def test_it_is_broken_when_there_never_was_a_lab(told: Told, outcome: SessionOutcome) -> None:
    await told.does("terminate", outcome, "no room", capacity_released=True)
    assert told.counted == {"broken": 1}


async def test_who_cancels_breaks_no_promise(told: Told) -> None:
    await told.does("terminate", SessionOutcome.CANCELLED, "changed their mind", capacity_released=True)
    assert told.counted == {}


async def test_a_lab_that_fails_after_it_was_ready_and_comes_to_its_end_changes_nothing_any_more(told: Told) -> None:
    await told.comes_to_a_lab(timedelta(0))
    await told.does("stop", SessionOutcome.FAILED, "the host died")
    await told.does("mark_stopped", "gone")
    await told.does("mark_archived", "closed")
    await told.does("terminate", SessionOutcome.FAILED, "the end", capacity_released=False)
    assert told.counted == {"placed": 1, "kept": 1}


async def test_a_lab_that_was_never_ready_is_counted_once_on_its_way_out(told: Told) -> None:
    await told.does("schedule", "w", (), "d")
    await told.does("start_instantiation")
    await told.does("stop", SessionOutcome.FAILED, "not in time")
    await told.does("mark_stopped", "gone")
    await told.does("mark_archived", "none")
    await told.does("terminate", SessionOutcome.FAILED, "the end", capacity_released=False)
    assert told.counted == {"placed": 1, "broken": 1}
