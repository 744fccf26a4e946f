"""Requests that carry an Idempotency-Key do their work once and answer as often as they are sent."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from control_plane_api.application.conditions import IDEMPOTENCY_KEYS, Conditions, OnlyOnce, OnlyOnVersion, under
from lcm_core.clock import Clock
from lcm_core.domain.errors import DuplicateDocument, InputProblem, InvalidInput

AnswerT = TypeVar("AnswerT")


class IdempotencyKeyReused(InvalidInput):
    """422: the key came before, with another request."""

    def __init__(self) -> None:
        super().__init__(
            [InputProblem("", "the Idempotency-Key was used before for a different request; choose a new one")],
            what="request",
            code="idempotency-key-reused",
        )


@dataclass(frozen=True, slots=True)
class KeptKey:
    """What the first request under a key made: ids by kind of aggregate."""

    fingerprint: str
    created: Mapping[str, str]


class IdempotencyKeys(Protocol):
    async def find(self, id: str) -> KeptKey | None: ...


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """*caller* scopes the key; *content* is everything that makes the request what it is."""

    caller: str
    key: str
    content: bytes


class Once:
    """The key is stored in the transaction that does the work, so that a crash leaves both or neither."""

    def __init__(self, keys: IdempotencyKeys, *, kept_hours: float, clock: Clock) -> None:
        self._keys = keys
        self._kept = timedelta(hours=kept_hours)
        self._clock = clock

    async def run(
        self,
        request: KeyedRequest | None,
        work: Callable[[], Awaitable[AnswerT]],
        again: Callable[[Mapping[str, str]], Awaitable[AnswerT]],
        *,
        only_on: OnlyOnVersion | None = None,
    ) -> tuple[AnswerT, bool]:
        """The answer of *work*, or of *again* with the ids that the first request made; and whether it was *again*.

        Raises ``IdempotencyKeyReused`` when the key stands for other content. Without *request* just does the work.
        """
        if request is None:
            with under(Conditions(only_on=only_on)):
                return await work(), False
        id = _digest(request.caller.encode(), request.key.encode())
        fingerprint = _digest(request.content)
        kept = await self._keys.find(id)
        if kept is None:
            once = OnlyOnce(id, fingerprint, self._clock.now() + self._kept)
            try:
                with under(Conditions(only_on=only_on, only_once=once)):
                    return await work(), False
            except DuplicateDocument as error:
                # The same request, sent twice at one time: the other one was faster.
                kept = await self._keys.find(id) if error.collection == IDEMPOTENCY_KEYS else None
                if kept is None:
                    raise
        if kept.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return await again(kept.created), True


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
