"""Many small look-ups as few large ones: what is asked for while one is under way is asked for together in the next.

A crowd then costs the database a handful of queries, and who comes alone waits for nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT")
AnswerT = TypeVar("AnswerT")

LookUp = Callable[[Sequence[KeyT]], Awaitable[Mapping[KeyT, AnswerT]]]
"""The answers of many keys at once; one without an answer is left out."""


@dataclass(slots=True, eq=False)
class _Asked(Generic[KeyT, AnswerT]):
    key: KeyT
    done: bool = False
    answer: AnswerT | None = None
    error: Exception | None = None


class Together(Generic[KeyT, AnswerT]):
    """*look_up* is called for at most *most* keys, and once at a time.

    An answer was looked up after it was asked for. An error is everybody's who was asked for with it. While there is a
    crowd, each look-up waits *gather_seconds* for more of it; right for what nobody waits for.
    """

    def __init__(self, look_up: LookUp[KeyT, AnswerT], *, most: int = 200, gather_seconds: float = 0.0) -> None:
        self._look_up = look_up
        self._most = most
        self._gather_seconds = gather_seconds
        self._crowd = False
        self._waiting: deque[_Asked[KeyT, AnswerT]] = deque()
        self._turn = asyncio.Lock()

    async def of(self, key: KeyT) -> AnswerT | None:
        asked: _Asked[KeyT, AnswerT] = _Asked(key)
        self._waiting.append(asked)
        async with self._turn:
            while not asked.done:
                await self._next()
        if asked.error is not None:
            raise asked.error
        return asked.answer

    async def _next(self) -> None:
        # Whoever asks in this very moment comes along.
        await asyncio.sleep(self._gather_seconds if self._crowd and len(self._waiting) < self._most else 0)
        group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        self._crowd = len(group) > 1
        error: Exception | None = None
        found: Mapping[KeyT, AnswerT] = {}
        try:
            found = await self._look_up(list(dict.fromkeys(each.key for each in group)))
        except Exception as failure:  # noqa: BLE001 - told to everybody whom it concerns
            error = failure
        except BaseException:
            # Only the one whose turn it was is called off; whoever is next looks up for the others.
            self._waiting.extendleft(reversed(group))
            raise
        for each in group:
            each.answer, each.error, each.done = found.get(each.key), error, True
