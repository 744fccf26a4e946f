"""The least that could answer the same requests: bare FastAPI on the raw driver, with neither identity nor rules.

    python -m bench.api_rival PORT MONGO_URI DATABASE

It reads the sessions of *DATABASE*, which a control plane fills, and books by writing, in one transaction each, the
documents that a booking of ours wrote, into a database of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import JSONResponse
from pymongo import AsyncMongoClient

from bench.committed_bookings import CommandPath, RawDriver, Transaction, prepare_database, under_other_ids
from control_plane_api.domain.entities import LabletSession
from lcm_core.contracts.reservations import CreateReservation
from lcm_core.eventstore.collections import Database, Document

PAGE_ROWS = 50
SESSIONS = LabletSession.collection
PATTERNS = 60


class Bookings:
    """Transactions to write, without end: those of sixty bookings, each time under other ids."""

    def __init__(self, raw: RawDriver, patterns: list[Transaction]) -> None:
        self._raw = raw
        self._next = _endless(patterns)
        self._writing = asyncio.Lock()

    @classmethod
    async def open(cls, client: AsyncMongoClient[Document], name: str) -> Bookings:
        learnt, written = client[f"{name}_patterns"], client[f"{name}_raw"]
        for database in (learnt, written):
            await prepare_database(database)
        _, patterns = await (await CommandPath.open(learnt)).book(1, PATTERNS)
        raw = RawDriver(client, written)
        await raw.lay_out(patterns)
        return cls(raw, patterns)

    async def one(self) -> str:
        """The id of the session that was written."""
        transaction = next(self._next)
        # They replace the same workers: in turns they lose less than by conflicts and new tries.
        async with self._writing:
            await self._raw.once(transaction)
        return str(transaction.inserted[SESSIONS][0]["_id"])


def _endless(patterns: list[Transaction]) -> Iterator[Transaction]:
    return itertools.chain.from_iterable(under_other_ids(patterns) for _ in itertools.count())


async def one_session(db: Database, id: str) -> Document | None:
    return await db[SESSIONS].find_one({"_id": id})


async def a_page(db: Database) -> list[Document]:
    return await db[SESSIONS].find({}).sort([("created_at", -1), ("_id", -1)]).limit(PAGE_ROWS).to_list()


def app_on(uri: str, name: str) -> FastAPI:
    client: AsyncMongoClient[Document] = AsyncMongoClient(uri)
    held: dict[str, Bookings] = {}

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with client:
            held["bookings"] = await Bookings.open(client, name)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/ready")
    async def ready() -> dict[str, str]:
        return {}

    @app.get("/sessions/{id}")
    async def get(id: str) -> JSONResponse:
        found = await one_session(client[name], id)
        if found is None:
            raise HTTPException(404)
        return JSONResponse(_plain(found))

    @app.get("/sessions")
    async def page() -> JSONResponse:
        return JSONResponse({"items": _plain(await a_page(client[name]))})

    @app.post("/reservations", status_code=201)
    async def reserve(body: CreateReservation) -> dict[str, Any]:
        return {"session_id": await held["bookings"].one(), "definition_id": body.definition_id}

    return app


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_plain(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
    return value.isoformat() if isinstance(value, datetime) else value


def main() -> None:
    port, uri, name = sys.argv[1:]
    uvicorn.run(app_on(uri, name), host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
