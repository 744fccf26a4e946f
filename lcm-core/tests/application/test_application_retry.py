from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from lcm_core.application.retry import Attempts, RetryPolicy
from lcm_core.domain.errors import (
    CommitOutcomeUnknown,
    DuplicateDocument,
    LcmError,
    RuleViolation,
    StoreUnavailable,
    VersionConflict,
)

QUICK = RetryPolicy(max_attempts=5, first_pause_seconds=0.0001, longest_pause_seconds=0.001)


class Flaky:
    """Fails with each of *errors* in turn, then answers how often it was tried."""

    def __init__(self, *errors: LcmError) -> None:
        self.errors = list(errors)
        self.tried = 0

    async def __call__(self) -> int:
        self.tried += 1
        if self.errors:
            raise self.errors.pop(0)
        return self.tried


async def test_conflict_is_tried_again():
    assert await Attempts(QUICK).run("Fill", Flaky(VersionConflict("purse-a", 1), VersionConflict("purse-b", 1))) == 3


async def test_outage_is_tried_again():
    assert await Attempts(QUICK).run("Fill", Flaky(StoreUnavailable("reading", "refused"))) == 2


@pytest.mark.parametrize(
    "error",
    [
        RuleViolation("no", code="no"),
        DuplicateDocument("inbound_events", "1"),
        CommitOutcomeUnknown("purse-a@2", "reset"),
    ],
    ids=lambda error: error.code,
)
async def test_what_another_try_cannot_mend_is_raised_at_once(error: LcmError):
    attempt = Flaky(error)
    with pytest.raises(type(error)):
        await Attempts(QUICK).run("Fill", attempt)
    assert attempt.tried == 1


async def test_last_conflict_is_raised_when_the_attempts_are_used_up():
    attempt = Flaky(*(VersionConflict("purse-a", version) for version in range(10)))
    with pytest.raises(VersionConflict) as caught:
        await Attempts(QUICK).run("Fill", attempt)
    assert (attempt.tried, caught.value.expected) == (5, 4)


async def test_no_try_starts_after_the_deadline():
    attempt = Flaky(*(StoreUnavailable("reading", "refused") for _ in range(10)))
    with pytest.raises(StoreUnavailable):
        await Attempts(RetryPolicy(deadline_seconds=0)).run("Fill", attempt)
    assert attempt.tried == 1


async def test_who_has_lost_races_until_the_deadline_has_one_more_alone():
    attempt = Flaky(*(VersionConflict("purse-a", 1) for _ in range(10)))
    with pytest.raises(VersionConflict):
        await Attempts(RetryPolicy(deadline_seconds=0)).run("Fill", attempt)
    assert attempt.tried == 2


async def test_losers_of_a_race_take_turns():
    """Who lost on a stream is alone on it in this process when it tries again."""
    attempts = Attempts(QUICK)
    inside = 0
    most = 0

    def rival() -> Callable[[], Awaitable[None]]:
        first = True

        async def attempt() -> None:
            nonlocal first, inside, most
            if first:
                first = False
                raise VersionConflict("purse-a", 1)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

        return attempt

    await asyncio.gather(*(attempts.run("Fill", rival()) for _ in range(10)))
    assert most == 1


async def test_insisting_on_a_taken_id_is_given_up_early():
    attempt = Flaky(*(VersionConflict("purse-a", 0) for _ in range(10)))
    with pytest.raises(VersionConflict):
        await Attempts(QUICK).run("Open", attempt)
    assert attempt.tried == 3


class Ledger:
    """A version that moves with each commit; a commit on another version than was read loses."""

    def __init__(self) -> None:
        self.version = 0
        self.alone = 0

    async def change(self, takes: int) -> None:
        read = self.version
        for _ in range(takes):
            await asyncio.sleep(0)
        if self.version != read:
            raise VersionConflict("purse-a", read)
        self.version += 1


async def test_who_is_always_beaten_is_let_go_on_alone():
    """Short commands never end; the long one needs longer than the time between two of them."""
    attempts, ledger = Attempts(RetryPolicy(first_pause_seconds=0.0001, longest_pause_seconds=0.001)), Ledger()

    async def short_ones() -> None:
        while True:
            await attempts.run("Short", lambda: ledger.change(1))
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        rivals = [group.create_task(short_ones()) for _ in range(3)]
        async with asyncio.timeout(10):
            await attempts.run("Long", lambda: ledger.change(200))
        for each in rivals:
            each.cancel()
