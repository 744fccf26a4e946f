from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from lcm_core.eventstore.together import Together


class Lexicon:
    """Answers even numbers, when it is let; remembers what it was asked for at one time."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.open = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, keys: Sequence[int]) -> Mapping[int, str]:
        self.asked.append(list(keys))
        await self.open.wait()
        if self.error is not None:
            raise self.error
        return {key: f"even {key}" for key in keys if key % 2 == 0}


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_comes_during_a_look_up_makes_the_next_one():
    lexicon = Lexicon()
    together = Together(lexicon)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(together.of(0))]
        await settled()
        tasks += [group.create_task(together.of(key)) for key in (1, 2, 2, 0)]
        await settled()
        lexicon.open.set()
    assert [task.result() for task in tasks] == ["even 0", None, "even 2", "even 2", "even 0"]
    assert lexicon.asked == [[0], [1, 2, 0]]


async def test_no_look_up_is_larger_than_allowed():
    lexicon = Lexicon()
    lexicon.open.set()
    together = Together(lexicon, most=3)
    answers = await asyncio.gather(*(together.of(key) for key in range(0, 16, 2)))
    assert answers == [f"even {key}" for key in range(0, 16, 2)]
    assert max(len(keys) for keys in lexicon.asked) <= 3


async def test_error_is_told_to_those_who_were_looked_up_with_it_and_to_nobody_else():
    lexicon = Lexicon()
    lexicon.error = ConnectionError("away")
    lexicon.open.set()
    together = Together(lexicon)
    failed = await asyncio.gather(*(together.of(key) for key in (2, 4)), return_exceptions=True)
    assert [str(each) for each in failed] == ["away", "away"]
    lexicon.error = None
    assert await together.of(6) == "even 6"


async def test_who_leaves_while_looking_up_leaves_the_others_their_answers():
    lexicon = Lexicon()
    together = Together(lexicon)
    first = asyncio.create_task(together.of(2))
    await settled()
    asyncio.get_running_loop().call_soon(first.cancel)
    second = asyncio.create_task(together.of(4))
    await settled()
    lexicon.open.set()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == "even 4"


async def test_in_a_crowd_a_look_up_waits_for_more_of_it():
    lexicon = Lexicon()
    lexicon.open.set()
    together = Together(lexicon, gather_seconds=0.02)
    await asyncio.gather(together.of(0), together.of(2))
    late = asyncio.create_task(together.of(4))
    await settled()
    await asyncio.gather(late, together.of(6))
    assert lexicon.asked == [[0, 2], [4, 6]]
