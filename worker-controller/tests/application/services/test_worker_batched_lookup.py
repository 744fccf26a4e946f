import asyncio
import itertools
from collections.abc import Mapping

import pytest

from lcm_core.testing.virtual_time import LoopClock, run_in_virtual_time
from worker_controller.application.services.batched_lookup import BatchedLookup


class FarEnd:
    def __init__(self) -> None:
        self.calls: list[set[str]] = []
        self.open = asyncio.Event()
        self.error: Exception | None = None

    async def fetch(self, keys: frozenset[str]) -> Mapping[str, str]:
        self.calls.append(set(keys))
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return {key: key.upper() for key in keys if key != "unknown"}


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_ask_while_a_call_is_under_way_share_the_next_one() -> None:
    far = FarEnd()
    lookup = BatchedLookup(far.fetch)
    first = asyncio.create_task(lookup.get("a"))
    await settle()
    others = [asyncio.create_task(lookup.get(key)) for key in ("b", "c", "d")]
    await settle()
    far.open.set()
    assert await asyncio.gather(first, *others) == ["A", "B", "C", "D"]
    assert far.calls == [{"a"}, {"b", "c", "d"}]


async def test_an_answer_is_never_older_than_the_question() -> None:
    far = FarEnd()
    far.open.set()
    lookup = BatchedLookup(far.fetch)
    await lookup.get("a")
    await lookup.get("a")
    assert len(far.calls) == 2


async def test_what_the_far_end_does_not_know_is_none() -> None:
    far = FarEnd()
    far.open.set()
    assert await BatchedLookup(far.fetch).get("unknown") is None


async def test_a_failure_reaches_everybody_in_the_batch_and_nobody_after() -> None:
    far = FarEnd()
    far.open.set()
    far.error = OSError("down")
    lookup = BatchedLookup(far.fetch)
    for outcome in await asyncio.gather(lookup.get("a"), lookup.get("b"), return_exceptions=True):
        assert isinstance(outcome, OSError)
    far.error = None
    assert await lookup.get("a") == "A"


async def test_when_whoever_fetched_is_cancelled_the_next_in_the_batch_fetches() -> None:
    far = FarEnd()
    lookup = BatchedLookup(far.fetch)
    running = asyncio.create_task(lookup.get("a"))
    await settle()
    second = asyncio.create_task(lookup.get("b"))
    third = asyncio.create_task(lookup.get("c"))
    await settle()
    running.cancel()
    await settle()
    second.cancel()
    await settle()
    far.open.set()
    assert await third == "C"
    with pytest.raises(asyncio.CancelledError):
        await second


def test_calls_keep_their_distance_however_many_ask() -> None:
    async def ask_for_a_minute() -> list[float]:
        clock, called = LoopClock(), list[float]()

        async def fetch(keys: frozenset[str]) -> Mapping[str, str]:
            called.append(clock.monotonic())
            return {key: key for key in keys}

        lookup = BatchedLookup(fetch, distance_seconds=1.0, clock=clock)

        async def ask(number: int) -> None:
            for _ in range(100):
                await clock.sleep(0.05 * (number % 7) + 0.3)
                assert await lookup.get(str(number)) == str(number)

        async with asyncio.TaskGroup() as tasks:
            for number in range(50):
                tasks.create_task(ask(number))
        return called

    called = run_in_virtual_time(ask_for_a_minute())
    assert all(later - earlier >= 0.999 for earlier, later in itertools.pairwise(called))
    assert len(called) <= 100 + 50
