"""Requests that carry an Idempotency-Key do their work once and are answered as often as they are sent."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from control_plane_api.application.conditions import Conditions, KeptAnswer, OnlyOnce, OnlyOnVersion, under
from lcm_core.clock import Clock
from lcm_core.domain.errors import InputProblem, InvalidInput, LcmError

AnswerT = TypeVar("AnswerT")

_LOOK_AGAIN_SECONDS = 0.05


class IdempotencyKeyReused(InvalidInput):
    """422: the key came before, with another request."""

    def __init__(self) -> None:
        super().__init__(
            [
                InputProblem(
                    "/Idempotency-Key",
                    "was used before for a different request; choose a new one",
                    "header",
                )
            ],
            what="request",
            code="idempotency-key-reused",
        )


@dataclass(frozen=True, slots=True)
class KeptKey:
    """What the first request under a key made: ids by kind of aggregate; and its answer, a moment later.

    *unanswered* tells that no answer will follow: it is not written down.
    """

    fingerprint: str
    created: Mapping[str, str]
    answer: KeptAnswer | None = None
    unanswered: bool = False


class AnsweredBefore(Exception):
    """The request was done and answered before."""

    def __init__(self, answer: KeptAnswer) -> None:
        super().__init__("answered before")
        self.answer = answer


class IdempotencyKeys(Protocol):
    async def find(self, id: str) -> KeptKey | None: ...

    async def keep(self, id: str, fingerprint: str, answer: KeptAnswer, expires_at: datetime) -> None:
        """Add *answer* to the key, made when it is missing; a key that has an answer keeps that."""
        ...

    async def leave_unanswered(self, id: str) -> None:
        """Note at the key, where it is, that no answer will follow."""
        ...


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """*caller* scopes the key; *content* is everything that makes the request what it is."""

    caller: str
    key: str
    content: bytes

    @property
    def id(self) -> str:
        return _digest(self.caller.encode(), self.key.encode())

    @property
    def fingerprint(self) -> str:
        return _digest(self.content)


class Once:
    """The key is stored in the transaction that does the work, so that a crash leaves both or neither.

    The answer follows right after. A repetition that comes between the two waits for it, *patience_seconds* at the
    most; should the process have died just there, it is answered anew from what the work made.
    """

    def __init__(
        self, keys: IdempotencyKeys, *, kept_hours: float, clock: Clock, patience_seconds: float = 3.0
    ) -> None:
        self._keys = keys
        self._kept = timedelta(hours=kept_hours)
        self._clock = clock
        self._patience_seconds = patience_seconds

    async def run(
        self,
        request: KeyedRequest | None,
        work: Callable[[], Awaitable[AnswerT]],
        again: Callable[[Mapping[str, str]], Awaitable[AnswerT]],
        *,
        only_on: OnlyOnVersion | None = None,
        with_commit: bool = True,
        told: Callable[[AnswerT], KeptAnswer] | None = None,
    ) -> tuple[AnswerT, bool]:
        """The answer of *work*, or of *again* with the ids that the first request made; and whether it was *again*.

        The key goes into the one commit that *work* makes. Without *with_commit*, for work that may be done again and
        makes any number of commits, it is stored only with the answer. With *told*, work that looks for it keeps the
        answer in its commit too.

        Raises ``AnsweredBefore`` with the answer that was kept, and ``IdempotencyKeyReused`` when the key stands for
        other content. Without *request* just does the work.
        """
        if request is None:
            with under(Conditions(only_on=only_on)):
                return await work(), False
        kept = await self._keys.find(request.id)
        if kept is None:
            once = OnlyOnce(request.id, request.fingerprint, self._expiry(), told) if with_commit else None
            try:
                with under(Conditions(only_on=only_on, only_once=once)):
                    return await work(), False
            except LcmError:
                # The same request, sent twice at one time: the other one may have been faster, and its work be what
                # this one met.
                kept = await self._keys.find(request.id)
                if kept is None:
                    raise
        if kept.fingerprint != request.fingerprint:
            raise IdempotencyKeyReused
        answer = kept.answer if kept.answer is not None or kept.unanswered else await self._awaited(request.id)
        if answer is not None:
            raise AnsweredBefore(answer)
        return await again(kept.created), True

    async def keep(self, request: KeyedRequest, answer: KeptAnswer) -> None:
        """Have repetitions of *request* answered with *answer*."""
        await self._keys.keep(request.id, request.fingerprint, answer, self._expiry())

    async def leave_unanswered(self, request: KeyedRequest) -> None:
        """The answer to *request* is not kept: have no repetition wait for it."""
        await self._keys.leave_unanswered(request.id)

    async def _awaited(self, id: str) -> KeptAnswer | None:
        deadline = self._clock.monotonic() + self._patience_seconds
        while self._clock.monotonic() < deadline:
            await self._clock.sleep(_LOOK_AGAIN_SECONDS)
            kept = await self._keys.find(id)
            if kept is None or kept.unanswered or kept.answer is not None:
                return kept.answer if kept is not None else None
        return None

    def _expiry(self) -> datetime:
        return self._clock.now() + self._kept


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
