"""The delivery log, how receivers fare, and dead letters as they are shown, on MongoDB."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from control_plane_api.application.listings import DELIVERIES
from control_plane_api.application.listings import OUTBOUND_DEAD_LETTERS as DEAD_LETTERS
from control_plane_api.application.paging import Page, PageRequest
from control_plane_api.application.webhooks.deliveries import Failing
from control_plane_api.integration.repositories.pages_by_time import PageReader
from control_plane_api.integration.webhooks.collections import (
    LOGGED_ON,
    OUTBOUND_ATTEMPTS,
    OUTBOUND_DEAD_LETTERS,
    OUTBOUND_HEALTH,
)
from lcm_core.clock import Clock
from lcm_core.contracts.subscriptions import DeliveryAttempt, OutboundDeadLetter
from lcm_core.domain.errors import NotFound
from lcm_core.domain.json_form import instant_text
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.eventstore.together import Together


class MongoDeliveryLog:
    """``DeliveryLog``: what ends at one time is written together."""

    def __init__(self, database: Database) -> None:
        self._attempts = database[OUTBOUND_ATTEMPTS]
        self._waiting: dict[str, DeliveryAttempt] = {}
        self._together = Together(self._insert)

    async def add(self, attempt: DeliveryAttempt) -> None:
        self._waiting[attempt.id] = attempt
        try:
            await self._together.of(attempt.id)
        finally:
            self._waiting.pop(attempt.id, None)

    async def _insert(self, ids: Sequence[str]) -> Mapping[str, bool]:
        found = [self._waiting[id] for id in ids if id in self._waiting]
        if found:
            with store_errors(f"logging {len(found)} deliveries"):
                await self._attempts.insert_many([_document(each) for each in found], ordered=False)
        return {}


class MongoReceiverHealth:
    """``ReceiverHealth``."""

    def __init__(self, database: Database) -> None:
        self._health = database[OUTBOUND_HEALTH]

    async def failing(self, subscription_id: str) -> Failing | None:
        with store_errors(f"reading {OUTBOUND_HEALTH}"):
            found = await self._health.find_one({"_id": subscription_id})
        return Failing(datetime.fromisoformat(found["since"]), found["failures"]) if found is not None else None

    async def failed(self, subscription_id: str, failing: Failing) -> None:
        change = {"since": instant_text(failing.since), "failures": failing.failures}
        with store_errors(f"changing {OUTBOUND_HEALTH}"):
            await self._health.update_one({"_id": subscription_id}, {"$set": change}, upsert=True)

    async def well(self, subscription_id: str) -> None:
        with store_errors(f"changing {OUTBOUND_HEALTH}"):
            await self._health.delete_one({"_id": subscription_id})


class MongoDeliveryRecords:
    """``DeliveryRecords``."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._attempts = database[OUTBOUND_ATTEMPTS]
        self._dead = database[OUTBOUND_DEAD_LETTERS]
        self._clock = clock

    async def attempts(self, subscription_id: str, outcome: str | None, page: PageRequest) -> Page[DeliveryAttempt]:
        equality = {"subscription_id": subscription_id} | ({"outcome": outcome} if outcome is not None else {})
        with store_errors(f"reading {OUTBOUND_ATTEMPTS}"):
            order = DELIVERIES.order(page.sort or "-at")
            found = await PageReader(self._attempts, DELIVERIES, equality, order, self._clock.now()).page(page)
        return Page([_attempt(each) for each in found.documents], found.next, found.total)

    async def dead_letters(
        self, owner_id: str | None, subscription_id: str | None, page: PageRequest
    ) -> Page[OutboundDeadLetter]:
        given = {"owner_id": owner_id, "subscription_id": subscription_id}
        equality = {name: value for name, value in given.items() if value is not None}
        with store_errors(f"reading {OUTBOUND_DEAD_LETTERS}"):
            order = DEAD_LETTERS.order(page.sort or "-dead_at")
            found = await PageReader(self._dead, DEAD_LETTERS, equality, order, self._clock.now()).page(page)
        return Page([_letter(each) for each in found.documents], found.next, found.total)

    async def dead_letter(self, id: str) -> OutboundDeadLetter:
        with store_errors(f"reading {OUTBOUND_DEAD_LETTERS}"):
            found = await self._dead.find_one({"_id": id})
        if found is None:
            raise NotFound("outbound dead letter", id)
        return _letter(found)


def _document(attempt: DeliveryAttempt) -> Document:
    fields = attempt.model_dump(mode="python", exclude={"id", "at"})
    return {
        **fields,
        "_id": attempt.id,
        "outcome": attempt.outcome.value,
        "at": instant_text(attempt.at),
        LOGGED_ON: attempt.at,
    }


def _attempt(document: Document) -> DeliveryAttempt:
    fields = {name: document[name] for name in DeliveryAttempt.model_fields if name != "id"}
    return DeliveryAttempt.model_validate({**fields, "id": document["_id"]})


def _letter(document: Document) -> OutboundDeadLetter:
    return OutboundDeadLetter(
        id=document["_id"],
        subscription_id=document["subscription_id"],
        owner_id=document["owner_id"],
        event_id=document["event_id"],
        type=document["type"],
        subject=document["stream"],
        time=datetime.fromisoformat(document["event_at"]),
        attempts=document["attempts"],
        reason=document["reason"],
        dead_at=datetime.fromisoformat(document["dead_at"]),
    )
