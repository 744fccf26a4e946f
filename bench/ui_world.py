"""A stack of its own with 10,000 sessions, and bursts of events about them, for what is measured in a browser."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local_stack.demo.api import PublicApi
from local_stack.demo.seed import load_seed
from local_stack.processes import RECONCILERS, mongo_uri
from local_stack.stack import LocalStack
from local_stack.testing import StackDriver
from pymongo import AsyncMongoClient

from lcm_core.auth.rate_limits import LIMIT_NAMES
from lcm_core.eventstore.collections import EVENTS, Database, Document

SESSIONS = "lablet_sessions"
FLEET = 10_000
LIVE = 1_000
"""So many of them run; the others are over."""
BATCHES_PER_SECOND = 10


@dataclass(frozen=True, slots=True)
class UiWorld:
    url: str
    admin: PublicApi
    db: Database
    pattern: Document
    """The session of which the others are copies: booked, done and graded."""

    async def fill(self) -> None:
        """FLEET sessions, one a minute, straight into the read model; the newest ones run."""
        begun = datetime.now(UTC)
        copies = [_copy(self.pattern, number, begun) for number in range(FLEET)]
        for first in range(0, FLEET, 500):
            await self.db[SESSIONS].insert_many(copies[first : first + 500])

    async def burst(self, per_second: int, seconds: float) -> float:
        """Events about sessions that run, *per_second* for *seconds*; how many a second were written in truth."""
        last = await self.db[EVENTS].find_one({"aggregate_id": self.pattern["_id"]}, sort=[("version", -1)])
        if last is None:
            raise RuntimeError("the pattern has no event")
        size, begun = per_second // BATCHES_PER_SECOND, time.monotonic()
        version, ended = int(self.pattern["version"]), begun + seconds
        written = 0
        while (now := time.monotonic()) < ended:
            version += 1
            await self._batch(last, version, [_id(number) for number in range(written % LIVE, written % LIVE + size)])
            written += size
            await asyncio.sleep(max(0.0, begun + written / per_second - now))
        return written / (time.monotonic() - begun)

    async def _batch(self, last: Document, version: int, ids: list[str]) -> None:
        now = _text(datetime.now(UTC))
        changed = {"version": version, "updated_at": now, "pending_reason": f"seen {version} times"}
        await self.db[SESSIONS].update_many({"_id": {"$in": ids}}, {"$set": changed})
        metadata = {**last["metadata"], "at": now}
        of = [
            {"_id": f"lablet_session-{id}@{version}", "stream": f"lablet_session-{id}", "aggregate_id": id}
            for id in ids
        ]
        await self.db[EVENTS].insert_many([last | each | {"version": version, "metadata": metadata} for each in of])


@asynccontextmanager
async def ui_world() -> AsyncGenerator[UiWorld]:
    env = {"CONTROL_PLANE_RATE_LIMITS": ",".join(f"{name}=0" for name in LIMIT_NAMES)}
    with TemporaryDirectory(prefix="lcm-bench-ui-", ignore_cleanup_errors=True) as folder:
        stack = LocalStack.prepare(Path(folder), time_scale=0, preferred_ports=False, extra_env=env)
        stack.start()
        try:
            await asyncio.to_thread(stack.wait_ready)
            async with (
                PublicApi(stack.plan, "seed") as admin,
                PublicApi(stack.plan, "lms-demo") as lms,
                AsyncMongoClient[Document](mongo_uri(stack.plan)) as store,
            ):
                driver = StackDriver(stack, admin, lms, await load_seed(admin))
                session_id = await driver.book()
                await driver.learn(session_id, work="first-hop-redundancy")
                await driver.reach(session_id, "TERMINATED")
                # Nobody is to take the copies for sessions that have to be looked after.
                for name in RECONCILERS:
                    await asyncio.to_thread(stack.supervisor.stop_process, name)
                pattern = await store["lcm"][SESSIONS].find_one({"_id": session_id})
                if pattern is None:
                    raise RuntimeError("the session that was booked is gone")
                yield UiWorld(stack.plan.url("control-plane-api"), admin, store["lcm"], pattern)
        finally:
            await asyncio.to_thread(stack.stop)


def _copy(pattern: Document, number: int, begun: datetime) -> Document:
    booked = begun - timedelta(minutes=number)
    own: dict[str, Any] = {
        "_id": _id(number),
        "candidate": {**pattern["candidate"], "username": f"learner-{number:05}"},
        "created_at": _text(booked),
        "status_changed_at": _text(booked),
    }
    runs: dict[str, Any] = {"status": "RUNNING", "outcome": None, "score": None} if number < LIVE else {}
    return pattern | own | runs


def _id(number: int) -> str:
    return f"{number:08}-0000-4000-8000-000000000000"


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
