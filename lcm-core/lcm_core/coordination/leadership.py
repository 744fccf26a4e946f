"""Being leader: for how long, with which epoch, and what may be written by virtue of it."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from lcm_core.clock import Clock
from lcm_core.domain.errors import LcmError

LEADER_EPOCH_HEADER = "X-LCM-Leader-Epoch"


class NotLeader(LcmError):
    """This instance does not lead (any more): what it was about to write was not sent."""

    def __init__(self, service: str, instance: str, why: str) -> None:
        super().__init__(
            f"{instance} does not lead {service}: {why}. Nothing was sent.",
            code="not-leader",
            facts={"service": service, "instance": instance},
        )


class Leadership:
    """One term of office.

    *epoch* is greater than that of every earlier term of the service. The term is valid until a moment that lies well
    before anybody else can be elected, and ends for good when that moment passes without renewal.
    """

    def __init__(self, service: str, instance: str, epoch: int, valid_until: float, clock: Clock) -> None:
        self.service = service
        self.instance = instance
        self.epoch = epoch
        self._valid_until = valid_until
        self._clock = clock
        self._ended_because: str | None = None
        self._ended = asyncio.Event()

    @property
    def remaining_seconds(self) -> float:
        """How long the term lasts without renewal; 0 when it is over."""
        if self._ended_because is not None:
            return 0.0
        return max(0.0, self._valid_until - self._clock.monotonic())

    @property
    def is_valid(self) -> bool:
        return self.remaining_seconds > 0

    def require_valid(self) -> None:
        """Raises ``NotLeader`` when the term is over."""
        if not self.is_valid:
            raise NotLeader(self.service, self.instance, self._ended_because or "the lease was not renewed in time")

    def renew(self, valid_until: float) -> None:
        """Extend a term that is not over; one that is stays over, because somebody may have acted on that."""
        if self.is_valid:
            self._valid_until = max(self._valid_until, valid_until)

    def end(self, why: str) -> None:
        """From now on nothing may be written in this term; the first reason is kept."""
        if self._ended_because is None:
            self._ended_because = why
            self._ended.set()

    async def wait_ended(self) -> str:
        """Return, with the reason, when ``end`` is called; running out of time alone does not count."""
        await self._ended.wait()
        return self._ended_because or ""


_current: ContextVar[Leadership | None] = ContextVar("lcm_leadership", default=None)


def current_leadership() -> Leadership | None:
    """The term in which the work in hand is done; None for work that needs no leader."""
    return _current.get()


@contextmanager
def acting_as_leader(leadership: Leadership) -> Generator[Leadership]:
    """Everything written inside the block, and in tasks started there, is written in this term."""
    token = _current.set(leadership)
    try:
        yield leadership
    finally:
        _current.reset(token)


def leadership_headers() -> Mapping[str, str]:
    """Headers that fence a write; to be asked for right before it is sent.

    Empty outside of ``acting_as_leader``. Raises ``NotLeader`` inside of it once the term is over.
    """
    leadership = _current.get()
    if leadership is None:
        return {}
    leadership.require_valid()
    return {LEADER_EPOCH_HEADER: str(leadership.epoch)}
