"""Conditions that a request puts on the one commit it makes: «only on that version», «only once under this key».

They hold inside the transaction. The use cases know nothing of them: a unit of work made while conditions are set
checks them for whatever command it serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from lcm_core.application.context import CommandContext
from lcm_core.application.unit_of_work import UnitOfWork, UnitOfWorkFactory
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit, stream_id
from lcm_core.domain.errors import LcmError

AggregateT = TypeVar("AggregateT", bound=AnyAggregate)

IDEMPOTENCY_KEYS = "idempotency_keys"


class PreconditionFailed(LcmError):
    """If-Match named a version that is not the current one."""

    def __init__(self, stream: str, expected: int, current: int) -> None:
        super().__init__(
            f"{stream} is at version {current}, not {expected} as the request demands; read it again and decide anew.",
            code="precondition-failed",
            facts={"stream": stream, "expected_version": expected, "current_version": current},
        )


@dataclass(frozen=True, slots=True)
class OnlyOnVersion:
    """The aggregate must be at *version* when the command loads it."""

    stream: str
    version: int


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered: the same bytes are sent again."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def document(self) -> dict[str, Any]:
        return {"status": self.status, "headers": dict(self.headers), "body": self.body}


@dataclass(frozen=True, slots=True)
class OnlyOnce:
    """Committed together with a document that can be inserted once; *fingerprint* identifies the request's content.

    *told* makes the answer of what the work came to, for work that keeps it in its own commit.
    """

    id: str
    fingerprint: str
    expires_at: datetime
    told: Callable[[Any], KeptAnswer] | None = None

    def document(self, created: Mapping[str, str], outcome: Any = None) -> dict[str, Any]:
        """*created*: ids by kind of what the request made; *outcome*: what is told of it in the same commit."""
        kept: dict[str, Any] = {"_id": self.id, "fingerprint": self.fingerprint, "created": created}
        kept["expires_at"] = self.expires_at
        if self.told is not None and outcome is not None:
            kept["answer"] = self.told(outcome).document()
        return kept


@dataclass(frozen=True, slots=True)
class Conditions:
    only_on: OnlyOnVersion | None = None
    only_once: OnlyOnce | None = None


_conditions: ContextVar[Conditions | None] = ContextVar("lcm_request_conditions", default=None)


@contextmanager
def under(conditions: Conditions) -> Iterator[None]:
    """Commands executed inside the block commit under *conditions*."""
    token = _conditions.set(conditions)
    try:
        yield
    finally:
        _conditions.reset(token)


def conditions_here() -> Conditions:
    """Those under which a command executed here would commit."""
    return _conditions.get() or Conditions()


class ConditionalUnitsOfWork:
    """A ``UnitOfWorkFactory`` around another one."""

    def __init__(self, inner: UnitOfWorkFactory) -> None:
        self._inner = inner

    def __call__(self, context: CommandContext) -> UnitOfWork:
        conditions = _conditions.get()
        inner = self._inner(context)
        return inner if conditions is None else _ConditionalUnitOfWork(inner, conditions)


class _ConditionalUnitOfWork:
    def __init__(self, inner: UnitOfWork, conditions: Conditions) -> None:
        self._inner = inner
        self._conditions = conditions
        self._created: dict[str, str] = {}

    async def load(self, aggregate: type[AggregateT], id: str) -> AggregateT:
        return self._checked(await self._inner.load(aggregate, id))

    async def find(self, aggregate: type[AggregateT], id: str) -> AggregateT | None:
        found = await self._inner.find(aggregate, id)
        if found is not None:
            return self._checked(found)
        wanted = self._conditions.only_on
        if wanted is not None and wanted.stream == stream_id(aggregate.kind, id) and wanted.version != 0:
            raise PreconditionFailed(wanted.stream, wanted.version, 0)
        return None

    async def load_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        return [self._checked(each) for each in await self._inner.load_many(aggregate, ids)]

    async def find_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        return [self._checked(each) for each in await self._inner.find_many(aggregate, ids)]

    def add(self, aggregate: AnyAggregate, *, on_behalf_of: CommandContext | None = None) -> None:
        self._created.setdefault(aggregate.kind, aggregate.id)
        self._inner.add(aggregate, on_behalf_of=on_behalf_of)

    def attach(
        self,
        collection: str,
        document: Mapping[str, Any],
        *,
        upsert: bool = False,
        guard: Mapping[str, Any] | None = None,
    ) -> None:
        self._inner.attach(collection, document, upsert=upsert, guard=guard)

    async def holds(self, collection: str, id: str) -> bool:
        return await self._inner.holds(collection, id)

    async def documents(self, collection: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        return await self._inner.documents(collection, ids)

    async def commit(self) -> tuple[Commit, ...]:
        once = self._conditions.only_once
        if once is not None:
            self._inner.attach(IDEMPOTENCY_KEYS, once.document(self._created))
        return await self._inner.commit()

    def _checked(self, aggregate: AggregateT) -> AggregateT:
        wanted = self._conditions.only_on
        if wanted is not None and aggregate.stream == wanted.stream and aggregate.version != wanted.version:
            raise PreconditionFailed(wanted.stream, wanted.version, aggregate.version)
        return aggregate
