"""Short ways to write purses to a real event store, for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

from lcm_core.application.context import CommandContext
from lcm_core.domain.commit import Commit
from lcm_core.eventstore.collections import Database
from lcm_core.eventstore.unit_of_work import MongoUnitOfWork, MongoUnitOfWorkFactory
from lcm_core.testing.ledger import LEDGER_EVENTS, Purse


class LedgerStore:
    """Units of work on *db*, each with a correlation id of its own."""

    def __init__(self, db: Database, *, deadline_seconds: float = 15.0) -> None:
        self.db = db
        self.factory = MongoUnitOfWorkFactory(db, LEDGER_EVENTS, deadline_seconds=deadline_seconds)

    def unit(self, **context: object) -> MongoUnitOfWork:
        return self.factory(a_context(**context))

    async def open(self, id: str, coins: int = 0) -> Commit:
        """A new purse; one commit."""
        unit = self.unit()
        purse = Purse.open(id, "ada", datetime.now(UTC))
        if coins:
            purse.fill(coins)
        unit.add(purse)
        (commit,) = await unit.commit()
        return commit

    async def fill(self, id: str, *amounts: int) -> Commit:
        """One more commit with an event per amount."""
        unit = self.unit()
        purse = await unit.load(Purse, id)
        for coins in amounts:
            purse.fill(coins)
        (commit,) = await unit.commit()
        return commit


def a_context(**changes: object) -> CommandContext:
    """A context that is complete, time included."""
    given: dict[str, object] = {"actor": "ada", "correlation_id": uuid4().hex, "at": datetime.now(UTC), **changes}
    return CommandContext(**given)  # pyright: ignore[reportArgumentType]
