"""The only way to change anything: a unit of work over some aggregates, committed as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from lcm_core.application.context import CommandContext
from lcm_core.domain.aggregate import AnyAggregate
from lcm_core.domain.commit import Commit

AggregateT = TypeVar("AggregateT", bound=AnyAggregate)


class UnitOfWork(Protocol):
    """Aggregates loaded or added here, and documents attached, are written together or not at all.

    Loading the same aggregate twice gives the same object. Every method that touches the database raises
    StoreUnavailable when it does not answer.
    """

    async def load(self, aggregate: type[AggregateT], id: str) -> AggregateT:
        """The aggregate in its current state. Raises NotFound."""
        ...

    async def find(self, aggregate: type[AggregateT], id: str) -> AggregateT | None:
        """Like load, but None when there is no such aggregate."""
        ...

    async def load_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        """The aggregates in the order of *ids*, in one round trip. Raises NotFound for the first that is missing."""
        ...

    async def find_many(self, aggregate: type[AggregateT], ids: Sequence[str]) -> list[AggregateT]:
        """Those of *ids* that there are, in one round trip."""
        ...

    def add(self, aggregate: AnyAggregate, *, on_behalf_of: CommandContext | None = None) -> None:
        """Take in an aggregate that was just created.

        Its commit then tells of *on_behalf_of*, for a command that does the work of several at once. Only the context
        of the unit itself is fenced.
        """
        ...

    def attach(
        self,
        collection: str,
        document: Mapping[str, Any],
        *,
        upsert: bool = False,
        guard: Mapping[str, Any] | None = None,
    ) -> None:
        """Write *document* (with its ``_id``) in the same transaction.

        An insert whose ``_id`` exists already fails the commit with DuplicateDocument; with *upsert* it is replaced.
        With a *guard* it is written only while the stored one is as it was read: these fields with these values, or
        absent for an empty guard. Else the commit fails with VersionConflict, and the command decides again.
        """
        ...

    async def holds(self, collection: str, id: str) -> bool:
        """Whether *collection* has a document with that ``_id``, for example an inbound event seen before."""
        ...

    async def documents(self, collection: str, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Those documents of *collection* that there are, by ``_id``, in one round trip."""
        ...

    async def commit(self) -> tuple[Commit, ...]:
        """Write everything in one transaction; the commits made, one per aggregate that recorded events.

        Raises VersionConflict, DuplicateDocument, StaleLeader, StoreUnavailable or CommitOutcomeUnknown.
        """
        ...


class UnitOfWorkFactory(Protocol):
    def __call__(self, context: CommandContext) -> UnitOfWork:
        """A fresh unit of work whose commits carry the metadata of *context*, which must have its time."""
        ...
