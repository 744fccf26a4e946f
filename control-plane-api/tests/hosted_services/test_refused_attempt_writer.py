"""Refused attempts while the database is away: so many wait, and each is written once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from pymongo.errors import BulkWriteError

from control_plane_api.application.hosted_services.refused_attempt_writer import MOST_WAITING, RefusedAttemptWriter
from control_plane_api.application.refused_attempts import REFUSED_ATTEMPTS
from control_plane_api.integration.repositories.refused_attempts import MongoRefusedAttempts
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.application.refusals import RefusedAttempt
from lcm_core.domain.errors import StoreUnavailable
from lcm_core.eventstore.collections import Database
from lcm_core.testing.manual_clock import ManualClock


class StoreThatComesBack:
    """Does not answer *failing* times; what it was asked to write, each time."""

    def __init__(self, failing: int) -> None:
        self.asked: list[list[dict[str, Any]]] = []
        self._failing = failing

    async def add(self, documents: Sequence[dict[str, Any]]) -> None:
        self.asked.append(list(documents))
        if len(self.asked) <= self._failing:
            raise StoreUnavailable("writing", "no answer")


def attempt(number: int) -> RefusedAttempt:
    return RefusedAttempt(
        at=datetime(2030, 1, 1, tzinfo=UTC),
        actor="ada",
        client_id="cli",
        roles=("viewer",),
        method="POST",
        route="POST /api/v1/workers/{worker_id}/drain",
        resource=f"w-{number}",
        status=403,
        code="forbidden",
        reason="needs operator",
        remote_address="127.0.0.1",
        correlation_id=None,
    )


async def turns(clock: ManualClock, count: int = 1) -> None:
    for _ in range(count):
        clock.advance(1)
        for _ in range(5):
            await asyncio.sleep(0)


async def test_while_the_database_is_away_so_many_wait_and_no_more() -> None:
    store, clock = StoreThatComesBack(failing=3), ManualClock()
    writer = RefusedAttemptWriter(store, clock)
    running = asyncio.create_task(writer.run())
    for outage in range(3):
        for number in range(MOST_WAITING):
            writer.put(attempt(outage * MOST_WAITING + number))
        await turns(clock)
    await turns(clock, 3)
    running.cancel()
    await asyncio.wait({running})
    assert [len(documents) for documents in store.asked] == [MOST_WAITING] * 4


async def test_what_is_written_again_has_the_same_ids_and_what_came_meanwhile_its_own() -> None:
    store, clock = StoreThatComesBack(failing=1), ManualClock()
    writer = RefusedAttemptWriter(store, clock)
    running = asyncio.create_task(writer.run())
    writer.put(attempt(1))
    await turns(clock, 0)
    for _ in range(5):
        await asyncio.sleep(0)
    writer.put(attempt(1))
    await turns(clock)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    first, again, later = store.asked
    assert first == again
    assert [document["count"] for document in (*again, *later)] == [1, 1]
    assert again[0]["_id"] != later[0]["_id"]


async def test_an_attempt_whose_answer_was_lost_is_not_there_twice(control_plane: RunningControlPlane) -> None:
    store, documents = MongoRefusedAttempts(control_plane.db), [{"_id": "a"}, {"_id": "b"}]
    await store.add(documents[:1])
    await store.add(documents)
    found = await control_plane.db[REFUSED_ATTEMPTS].find({"_id": {"$in": ["a", "b"]}}).to_list()
    assert len(found) == 2


async def test_attempts_that_no_majority_has_confirmed_are_not_taken_as_written() -> None:
    class Unconfirmed:
        async def insert_many(self, *_: object, **__: object) -> None:
            raise BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 64}]})

    store = MongoRefusedAttempts(cast(Database, {REFUSED_ATTEMPTS: Unconfirmed()}))
    with pytest.raises(BulkWriteError):
        await store.add([{"_id": "a"}])
