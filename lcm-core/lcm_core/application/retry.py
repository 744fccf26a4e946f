"""Repeats a command that met somebody else, until it gets through or its time is up.

The first try is optimistic. Who then loses a race waits in line with the other losers of this process on the stream
that they fought about, so that fifty commands for one worker take fifty turns, and not fifty times fifty. Who still
loses, because it needs long and many things at one time, is let go on alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from opentelemetry import metrics

from lcm_core.application.right_of_way import RightOfWay
from lcm_core.domain.errors import CommitOutcomeUnknown, LcmError, StoreUnavailable, VersionConflict

T = TypeVar("T")

_CREATIONS_TRIED = 3
"""A handler that finds its new id taken looks again, then again; one that insists on creating will never succeed."""

_retries = metrics.get_meter("lcm_core.mediator").create_counter(
    "lcm_command_retries", unit="{retry}", description="Commands run again, by command and the code of the error"
)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most *max_attempts* tries within *deadline_seconds*; pauses double from *first_pause_seconds*, with jitter.

    Who has only lost races until then has one more, alone.
    """

    max_attempts: int = 20
    deadline_seconds: float = 15.0
    first_pause_seconds: float = 0.004
    longest_pause_seconds: float = 0.25
    alone_after: int = 2
    """Races lost until the next try is made alone in this process."""
    alone_seconds: float = 10.0
    """How long others wait for one that goes on alone, and that one for those under way, at the most."""


class Attempts:
    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._lines: dict[str, _Line] = {}
        self._way = RightOfWay(policy.alone_seconds)

    async def run(self, name: str, attempt: Callable[[], Awaitable[T]]) -> T:
        """The first answer of *attempt*; raises the last conflict or outage when the policy allows no further try."""
        deadline = time.monotonic() + self._policy.deadline_seconds
        pause = self._policy.first_pause_seconds
        contended: str | None = None
        lost = taken = 0
        for tried in range(1, self._policy.max_attempts + 1):
            alone = lost >= self._policy.alone_after
            try:
                async with self._way.alone() if alone else self._among_others(contended):
                    return await attempt()
            except CommitOutcomeUnknown:
                raise  # Running it again could do it twice.
            except (VersionConflict, StoreUnavailable) as error:
                raced = isinstance(error, VersionConflict)
                lost += raced
                taken += isinstance(error, VersionConflict) and error.expected == 0
                if tried == self._policy.max_attempts or taken == _CREATIONS_TRIED:
                    raise
                if time.monotonic() + pause > deadline:
                    if alone or not raced:
                        raise
                    lost = self._policy.alone_after
                contended = _stream_of(error)
                _retries.add(1, {"command": name, "code": error.code})
            await asyncio.sleep(random.uniform(0, pause))
            pause = min(self._policy.longest_pause_seconds, pause * 2)
        raise AssertionError("max_attempts must be at least 1")

    @contextlib.asynccontextmanager
    async def _among_others(self, contended: str | None) -> AsyncGenerator[None]:
        async with self._turn(contended), self._way.shared():
            yield

    @contextlib.asynccontextmanager
    async def _turn(self, stream: str | None) -> AsyncGenerator[None]:
        """Only one stream is ever waited for at a time, so that two commands cannot wait for each other."""
        if stream is None:
            yield
            return
        line = self._lines.setdefault(stream, _Line())
        line.members += 1
        try:
            async with line.lock:
                yield
        finally:
            line.members -= 1
            if line.members == 0:
                del self._lines[stream]


class _Line:
    __slots__ = ("lock", "members")

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.members = 0


def _stream_of(error: LcmError) -> str | None:
    return error.stream if isinstance(error, VersionConflict) else None
